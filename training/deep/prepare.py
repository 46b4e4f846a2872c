"""Everything the training on the second machine needs, as compact arrays in var/deep/data. Run: prep.py"""
from __future__ import annotations
import gzip, hashlib, json, random, re, sys, time, pickle
from pathlib import Path
from collections import defaultdict
import numpy as np
from tokenizers import Tokenizer
sys.path.insert(0, ".")
from index.split import sentence_spans
from training.data import Record, held_out, _without_tags
from training.negatives import names_in, swapped_question

DATA, OUT = Path("../shared/data"), Path("var/deep/data"); OUT.mkdir(exist_ok=True)
E5 = Path("var/deep")
tok = Tokenizer.from_file(str(E5 / "hf/tokenizer.json")); tok.no_padding(); tok.no_truncation()
rng = random.Random(20261128)
NO_TITLE = {"shifts_amazon", "shifts_reddit", "nq_swap_train", "nq_swap_dev", "qamr"}
TITLED = {"squad11_dev", "squad2_dev_half", "squad2_dev_unanswerable_more", "shifts_new_wiki", "disfl_qa", "boolq_dev"}  # a quarter of their titles is held out
# folder, name, weight, pool
TRAIN = [
 ("reader","squad_train_part",1.0,"wiki"),("reader","squad11_dev",1.0,"wiki"),("reader","squad2_dev_half",1.5,"wiki"),
 ("reader","shifts_new_wiki",1.0,"wiki"),("reader","shifts_amazon",.6,"amazon"),("reader","shifts_reddit",.6,"reddit"),
 ("reader","qamr",.35,"qamr"),("reader","nq_swap_train",1.0,"wiki"),("reader","qed_dev",1.5,"wiki"),
 ("reader","squad2_train_unanswerable",1.0,"wiki"),("reader","squad2_train_lower_answerable",.5,"wiki"),
 ("reader","squad2_dev_unanswerable_more",1.0,"wiki"),("reader","disfl_qa",.35,"wiki"),("reader","timeqa_human_train",.7,"wiki"),
 ("reader","nq_open_oracle",1.0,"wiki"),
 ("languages","jaquad_train_ja",.3,"ja"),("languages","arcd_train_ar",2.0,"ar"),("languages","cmrc2018_dev_zh",1.0,"zh"),("languages","squad_pt_sample",1.0,"pt"),
 ("yesno","boolq_dev",3.0,"wiki"),("yesno","strategyqa_train_facts",1.5,"facts"),
 ("entailment","fever_validation",.7,"fever"),("entailment","fever_test",.7,"fever"),("entailment","fool_me_twice_dev",3.0,"fm2"),
]
POOLS = sorted({p for *_, p in TRAIN})

def lines(folder, name):
    with gzip.open(DATA/folder/f"{name}.jsonl.gz","rt",encoding="utf-8") as f:
        for line in f: yield json.loads(line)

def is_held_out(title): return held_out(title.replace("_"," ")) 

def record(folder, name, v):
    """-> (Record, verdict or -1, extra contexts that leave it open)"""
    if folder == "entailment":
        label = {"refuted":0,"supported":1}[v["label"]]
        title = (v.get("page") or "").replace("_"," ")
        others = [s for s in v.get("other_sentences",[]) if s not in v["evidence"]]
        extra = [" ".join(others[:4])] if len(others)>1 else []
        return Record(v["id"],name,title,v["evidence"],v["claim"].strip(),()), label, extra
    context, cut = _without_tags(v["context"])
    title = "" if name in NO_TITLE else v["title"].replace("_"," ")
    if folder == "yesno":
        return Record(v["id"],name,title,context,v["question"].strip(),()), {"no":0,"yes":1}[v["answer"]], []
    spans = [(a["start"]-cut, a["start"]-cut+len(a["text"])) for a in v["answers"]]
    spans = tuple(dict.fromkeys(s for s in spans if 0<=s[0]<s[1]<=len(context)))
    return Record(v["id"],name,title,context,v["question"].strip(),spans), -1, []

class Table:
    def __init__(self): self.of={}; self.items=[]
    def __call__(self, text):
        at=self.of.get(text)
        if at is None: at=self.of[text]=len(self.items); self.items.append(text)
        return at
contexts, titles, questions = Table(), Table(), Table()
recs=[]; t0=time.time()
for si,(folder,name,weight,pool) in enumerate(TRAIN):
    n=0
    for v in lines(folder,name):
        if name=="nq_open_oracle" and v.get("also_in"): continue
        r,verdict,extra=record(folder,name,v)
        if name in TITLED and is_held_out(r.title): continue
        if len(r.question)<=3 or not r.context.strip(): continue
        if name=="disfl_qa" and v.get("split")=="test" and False: continue
        recs.append((si,r,verdict,extra)); n+=1
    print(f"{name} {n}", flush=True)
print(len(recs), "records", time.time()-t0)
typo_letters="abcdefghijklmnopqrstuvwxyz"
def typo(q):
    words=q.split(" "); longs=[i for i,w in enumerate(words) if len(w)>4 and w.isalpha()]
    if not longs: return q
    i=rng.choice(longs); w=words[i]; k=rng.randrange(1,len(w)-1); way=rng.randrange(4)
    w = w[:k]+w[k+1:] if way==0 else w[:k]+w[k+1]+w[k]+w[k+2:] if way==1 else w[:k]+w[k]+w[k:] if way==2 else w[:k]+rng.choice(typo_letters)+w[k+1:]
    words[i]=w; return " ".join(words)
# contexts by pool, names
pool_ctx=defaultdict(set); rows=[]
names={}
for si,r,verdict,extra in recs:
    c=contexts(r.context); pool_ctx[TRAIN[si][3]].add(c)
    ex=[contexts(e) for e in extra]
    rows.append([si, titles(f"{r.title}.") if r.title else -1, c, questions(r.question), verdict, ex[0] if ex else -1])
n_ctx=len(contexts.items); print("contexts",n_ctx,"questions",len(questions.items),"titles",len(titles.items))
pool_lists={p:np.array(sorted(s)) for p,s in pool_ctx.items()}
ctx_enc=[]
for at in range(0,n_ctx,2000): ctx_enc+= tok.encode_batch(contexts.items[at:at+2000],add_special_tokens=False)
print("tokenised", sum(len(e.ids) for e in ctx_enc), time.time()-t0, flush=True)
q_enc=tok.encode_batch(questions.items,add_special_tokens=False)
# negatives by TF-IDF over tokens
from sklearn.feature_extraction.text import TfidfVectorizer
KEEP=10
neg=np.full((len(rows),KEEP),-1,np.int32)
title_ids={t:tok.encode(t,add_special_tokens=False).ids for t in titles.items}
lowered=[c.lower() for c in contexts.items]
by_pool=defaultdict(list)
for i,(si,*_) in enumerate(rows): by_pool[TRAIN[si][3]].append(i)
for pool,members in by_pool.items():
    ids=pool_lists[pool]
    vec=TfidfVectorizer(sublinear_tf=True,analyzer=lambda d:d,min_df=1,max_df=.2 if len(ids)>50 else 1.0,dtype=np.float32)
    m=vec.fit_transform([ctx_enc[c].ids for c in ids]).T.tocsr()
    for at in range(0,len(members),512):
        part=members[at:at+512]
        qv=vec.transform([(title_ids[titles.items[rows[i][1]]] if rows[i][1]>=0 else [])+q_enc[rows[i][3]].ids for i in part])
        s=(qv@m).toarray(); k=min(30,s.shape[1]-1)
        near=np.argpartition(-s,k,axis=1)[:,:k]
        for i,sc,nb in zip(part,s,near):
            r=recs[i][1]; answers={a.lower() for a in r.answers}
            got=[]
            for c in ids[nb[np.argsort(-sc[nb])]]:
                if c==rows[i][2] or any(a in lowered[c] for a in answers): continue
                got.append(c)
                if len(got)==KEEP: break
            neg[i,:len(got)]=got
    print("near",pool,len(ids),len(members),time.time()-t0,flush=True)
# swapped and other forms of the questions
swap=np.full(len(rows),-1,np.int32); lower=np.zeros(len(rows),np.int32); mistyped=np.zeros(len(rows),np.int32)
name_cache={}
def names_of(c):
    if c not in name_cache: name_cache[c]=names_in(contexts.items[c])
    return name_cache[c]
english={"wiki","amazon","reddit","qamr"}
for i,(si,r,verdict,extra) in enumerate(recs):
    q=r.question
    lower[i]=questions(q.lower()); mistyped[i]=questions(typo(q.lower() if rng.random()<.5 else q)) if rng.random()<.9 else questions(q.upper())
    if r.spans and TRAIN[si][3] in english and rng.random()<.6:
        pool=[n for c in neg[i,:4] if c>=0 for n in names_of(c)]
        s=swapped_question(r,pool,rng)
        if s is not None: swap[i]=questions(s.lower() if rng.random()<.3 else s)
print("swapped",(swap>=0).sum(),"questions",len(questions.items),time.time()-t0,flush=True)

# ---- what is measured: rows of question, title, context
eval_sets={}
def add_eval(name, items): eval_sets[name]=items
def sample(xs,n): 
    xs=list(xs); return xs if len(xs)<=n else random.Random(1).sample(xs,n)
def eval_records(folder,name,keep=lambda v:True,n=1500):
    out=[]
    for v in sample([v for v in lines(folder,name) if keep(v)],n):
        r,verdict,_=record(folder,name,v)
        out.append({"id":r.id,"question":questions(r.question),"rows":[(titles(f"{r.title}.") if r.title else -1,contexts(r.context))],"answers":list(dict.fromkeys(r.answers)),"verdict":verdict})
    add_eval(name,out)
ho=lambda v:is_held_out(v["title"].replace("_"," "))
for n in ("squad2_dev_half","squad11_dev","shifts_new_wiki","squad2_dev_unanswerable_more"): eval_records("reader",n,ho)
for n in ("adversarialqa_val","nq_swap_dev"): eval_records("reader",n,n=1000)
for lang in "en de es ru zh ar tr".split(): eval_records("languages",f"xquad_{lang}",ho)
eval_records("languages","jaquad_dev_ja",n=400); eval_records("languages","arcd_test_ar",n=300)
eval_records("yesno","boolq_dev",ho); eval_records("yesno","strategyqa_dev_facts")
eval_records("entailment","fool_me_twice_test")
import subprocess
while subprocess.run(["pgrep","-f","gpu/newsqa.py"],capture_output=True).stdout.strip(): time.sleep(3)
news=[json.loads(l) for l in gzip.open("var/deep/newsqa.jsonl.gz","rt")]
add_eval("newsqa",[{"id":v["id"],"question":questions(v["question"]),"rows":[(titles(f"{p['title']}.") if p["title"] else -1,contexts(p["text"])) for p in v["passages"]],"answers":v["answers"],"verdict":-1} for v in news])
for k,v in eval_sets.items(): print("eval",k,len(v))
# ---- tokens
ctx_enc+=tok.encode_batch(contexts.items[n_ctx:],add_special_tokens=False)
q_enc+=tok.encode_batch(questions.items[len(q_enc):],add_special_tokens=False)
t_enc=tok.encode_batch(titles.items,add_special_tokens=False)
used=np.unique(np.concatenate([np.array(e.ids,np.int32) for es in (ctx_enc,q_enc,t_enc) for e in es if e.ids]+[np.array([0,1,2,3])]))
remap=np.zeros(250037,np.int64)-1; remap[used]=np.arange(len(used)); print("vocabulary",len(used))
dt=np.uint16 if len(used)<65536 else np.uint32
def flat(es):
    off=np.zeros(len(es)+1,np.int64); off[1:]=np.cumsum([len(e.ids) for e in es])
    return remap[np.concatenate([np.array(e.ids,np.int64) for e in es])].astype(dt), off.astype(np.int32)
arrays={}
arrays["ctx_ids"],arrays["ctx_off"]=flat(ctx_enc); arrays["q_ids"],arrays["q_off"]=flat(q_enc); arrays["t_ids"],arrays["t_off"]=flat(t_enc)
sent=[];
for text,e in zip(contexts.items,ctx_enc):
    ends=[o[1] for o in e.offsets]  # a token belongs to the sentence in which it ends
    b=sorted({int(np.searchsorted(ends,s,side="right")) for s,_ in sentence_spans(text)}|{0}); b=[x for x in b if x<len(ends)] or [0]
    sent.append(b)
arrays["sent_off"]=np.concatenate([[0],np.cumsum([len(b) for b in sent])]).astype(np.int32); arrays["sent"]=np.concatenate(sent).astype(np.int16)
R=np.array(rows,np.int64)
arrays.update(r_set=R[:,0].astype(np.int8),r_title=R[:,1].astype(np.int32),r_ctx=R[:,2].astype(np.int32),r_q=R[:,3].astype(np.int32),r_verdict=R[:,4].astype(np.int8),r_extra=R[:,5].astype(np.int32))
arrays.update(r_neg=neg,r_swap=swap,r_lower=lower,r_typo=mistyped)
span_off=[0];spans=[];bad=0
for (si,r,verdict,extra),row in zip(recs,rows):
    e=ctx_enc[row[2]]
    offs=e.offsets
    for a,b in r.spans:
        inside=[k for k,(x,y) in enumerate(offs) if x<b and y>a and contexts.items[row[2]][max(x,a):min(y,b)].strip()]
        if inside: spans.append((inside[0],inside[-1]))
        else: bad+=1
    span_off.append(len(spans))
arrays["span_off"]=np.array(span_off,np.int32); arrays["spans"]=np.array(spans,np.int16); print("bad spans",bad,"records without any:",sum(1 for i,(si,r,*_) in enumerate(recs) if r.spans and span_off[i+1]==span_off[i]))
arrays["set_weight"]=np.array([w for _,_,w,_ in TRAIN],np.float32)
pool_no={p:k for k,p in enumerate(POOLS)}
arrays["set_pool"]=np.array([pool_no[p] for *_,p in TRAIN],np.int8)
for p,ids in pool_lists.items(): arrays[f"pool_{pool_no[p]}"]=ids.astype(np.int32)
q_mark=[i for i,u in enumerate(used) if tok.id_to_token(int(u)) in ("?","？","؟","▁?")]
arrays["question_marks"]=np.array(q_mark,np.int32)
arrays["special"]=np.array([remap[0],remap[2],remap[1]],np.int32)  # begin, end, padding
arrays["used"]=used.astype(np.int32)
names_=list(eval_sets); eo=[0]; er=[]; eq=[]; es=[]; ev=[]
for k,name in enumerate(names_):
    for item in eval_sets[name]:
        eq.append(item["question"]); es.append(k); ev.append(item["verdict"]); er+=item["rows"]; eo.append(len(er))
arrays.update(e_q=np.array(eq,np.int32),e_set=np.array(es,np.int8),e_verdict=np.array(ev,np.int8),e_rows=np.array(er,np.int32),e_off=np.array(eo,np.int32))
np.savez(OUT/"arrays.npz",**arrays)
print({k:(v.shape,v.dtype.str,round(v.nbytes/2**20,1)) for k,v in arrays.items()})
pickle.dump({"contexts":contexts.items,"titles":titles.items,"questions":questions.items,"recs":recs,"eval":eval_sets,"TRAIN":TRAIN,
  "offsets":[e.offsets for e in ctx_enc],"words":[e.word_ids for e in ctx_enc]},open("var/deep/prep.pkl","wb"))
print("done",time.time()-t0)
