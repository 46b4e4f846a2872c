"""Train the deep reader on a GPU in a given number of seconds, measure it, mine spans. device.py OUT key=value ..."""
from __future__ import annotations
import json, math, os, random, sys, time
import numpy as np, torch
from torch import nn, Tensor
from torch.nn import functional as F

T0 = time.monotonic()
OPT = dict(seconds=120, lr=2e-4, tokens=32768, workers=12, frozen=2, decay=1.0, seed=1, threads=0, dense=0, mine=0, weights=1, steps=0, judge=0, negatives=7, evals=1, limit=0)
OUT = sys.argv[1]
for a in sys.argv[2:]:
    k, v = a.split("="); OPT[k] = type(OPT[k])(float(v)) if not isinstance(OPT[k], str) else v
HERE = os.path.dirname(os.path.abspath(__file__)) + "/data"
DEV = "cuda" if torch.cuda.is_available() else "cpu"
def say(*a): print(f"[{time.monotonic()-T0:6.1f}]", *a, flush=True)
if not os.path.exists(f"{HERE}/arrays.npz"):
    import lzma, shutil
    with lzma.open(f"{HERE}/arrays.npz.xz") as a, open(f"{HERE}/arrays.part", "wb") as b: shutil.copyfileobj(a, b)
    os.rename(f"{HERE}/arrays.part", f"{HERE}/arrays.npz")
A = dict(np.load(f"{HERE}/arrays.npz"))
if OPT["limit"]:
    pick = np.linspace(0, len(A["e_q"])-1, OPT["limit"]).astype(int); o = A["e_off"]
    A["e_rows"] = np.concatenate([A["e_rows"][o[k]:o[k+1]] for k in pick]); A["e_off"] = np.concatenate([[0], np.cumsum([o[k+1]-o[k] for k in pick])]).astype(np.int32)
    A["e_q"], A["e_set"], A["e_verdict"] = A["e_q"][pick], A["e_set"][pick], A["e_verdict"][pick]
if OPT["judge"] and os.path.exists(f"{HERE}/judge.npz"): A.update(np.load(f"{HERE}/judge.npz"))
if os.path.exists(f"{HERE}/dense.npz"): A.update(np.load(f"{HERE}/dense.npz"))
BEGIN, END, PAD = (int(x) for x in A["special"])
QM = set(A["question_marks"].tolist())
MAXQ, MAXT, MAXLEN = 64, 32, 320
HID, LAYERS, HEADS = 384, 12, 12
LOSSES = dict(span=1.0, answers=0.25, together=1.0, verdict=0.5, judge=0.5)

# ---------------------------------------------------------------- rows
def q_tokens(q): return A["q_ids"][A["q_off"][q]:A["q_off"][q+1]][:MAXQ]
def t_tokens(t): return A["t_ids"][A["t_off"][t]:A["t_off"][t+1]][:MAXT] if t >= 0 else A["t_ids"][:0]
def c_tokens(c): return A["ctx_ids"][A["ctx_off"][c]:A["ctx_off"][c+1]]
def c_sentences(c):
    starts = A["sent"][A["sent_off"][c]:A["sent_off"][c+1]].astype(int)
    return starts, np.append(starts[1:], A["ctx_off"][c+1]-A["ctx_off"][c])

class Row:
    __slots__ = ("ids","types_from","allowed_from","first","last","label","verdict","judge","ctx","begin","mark","weight")

def make_row(q, t, c, begin, end, *, gold=None, label=-1, verdict=-1, judge=-1, mark=None, weight=1.0):
    """question </s> title. passage[begin:end]; `gold`, `mark`: first and last token of the context."""
    r = Row(); tt = t_tokens(t)
    r.types_from = len(q)+2; r.allowed_from = r.types_from+len(tt)
    r.ids = np.concatenate([[BEGIN], q, [END], tt, c_tokens(c)[begin:end], [END]]).astype(np.int32)
    r.first = r.last = 0
    if gold is not None: r.first, r.last = r.allowed_from+gold[0]-begin, r.allowed_from+gold[1]-begin
    r.label, r.verdict, r.judge, r.ctx, r.begin, r.weight = label, verdict, judge, c, begin, weight
    r.mark = None if mark is None else (r.allowed_from+mark[0]-begin, r.allowed_from+mark[1]-begin)
    return r

def window(c, answer, most, rng, around=True):
    """Sentences around `answer`, or a stretch of them, of at most `most` tokens, whole sentences where they fit."""
    starts, ends = c_sentences(c); n = int(ends[-1])
    if n <= most: return 0, n
    if answer is None: at = until = rng.randrange(len(starts))
    else:
        at = int(np.searchsorted(starts, answer[0], side="right"))-1; until = int(np.searchsorted(starts, answer[1], side="right"))-1
    while True:
        ways = [(a, b) for a, b in ((at-1, until), (at, until+1)) if a >= 0 and b < len(starts) and ends[b]-starts[a] <= most]
        if not ways: break
        at, until = rng.choice(ways)
    begin, end = int(starts[at]), int(ends[until])
    if end-begin > most:
        first, last = answer if answer is not None else (begin, begin)
        begin = max(begin, min(first, last-most//2)-most//4); end = min(end, max(begin+most, last+1))
        if answer is not None and end-begin > most: end = max(begin+most, last+1)
    return begin, end

def question_of(i, rng):
    draw = rng.random()
    q = A["r_q"][i] if draw < .58 else A["r_lower"][i] if draw < .93 else A["r_typo"][i]
    ids = q_tokens(q)
    return ids[:-1] if len(ids) > 2 and int(ids[-1]) in QM and rng.random() < .3 else ids

def passage(q, t, c, rng, gold=None, **more):
    t = t if rng.random() < .6 else -1
    room = MAXLEN-len(q)-len(t_tokens(t))-3
    n = int(A["ctx_off"][c+1]-A["ctx_off"][c])
    most = room if rng.random() < .5 else min(room, rng.randint(60, 220))
    begin, end = (0, n) if n <= most else window(c, gold, most, rng)
    if end-begin > room:
        end = begin+room
    if gold is not None and not (begin <= gold[0] and gold[1] < end): return None
    return make_row(q, t, c, begin, end, gold=gold, **more)

TITLE_OF = np.full(len(A["ctx_off"])-1, -1, np.int64); TITLE_OF[A["r_ctx"]] = A["r_title"]

def negatives(i, count, rng):
    pool = [int(c) for c in A["r_neg"][i] if c >= 0]
    if "r_dense" in A: pool = list(dict.fromkeys(pool[:6]+[int(c) for c in A["r_dense"][i] if c >= 0]))
    return rng.sample(pool, min(count, len(pool)))

def group_of(i, rng):
    """-> rows, kind: "span" or "verdict"; the first row is the record's own passage."""
    q = question_of(i, rng); t, c, v = int(A["r_title"][i]), int(A["r_ctx"][i]), int(A["r_verdict"][i])
    if v >= 0:
        rows = [passage(q, t, c, rng, label=1, verdict=v)]
        extra = int(A["r_extra"][i])
        if extra >= 0 and rng.random() < .5: rows.append(passage(q, t, extra, rng, label=0, verdict=2))
        elif rng.random() < .6: rows += [passage(q, int(TITLE_OF[n]), n, rng, label=0, verdict=2) for n in negatives(i, 1, rng)]
        return rows
    spans = A["spans"][A["span_off"][i]:A["span_off"][i+1]]
    many = rng.random()
    count = 0 if many < .15 else rng.randint(1, 2) if many < .4 else rng.randint(3, OPT["negatives"])
    if not len(spans):
        rows = [passage(q, t, c, rng, label=0)]
        count = min(count, 3)
    else:
        gold = tuple(int(x) for x in spans[rng.randrange(len(spans))])
        first = passage(q, t, c, rng, gold, label=1)
        if first is None: return []
        rows = [first]
        draw = rng.random()
        if draw < .25 and A["r_swap"][i] >= 0:  # a question that it does not answer, on its own
            s = q_tokens(A["r_swap"][i])
            if len(s) > 2 and int(s[-1]) in QM and rng.random() < .3: s = s[:-1]
            rows = [passage(s, t, c, rng, gold, label=0)] if rng.random() < .6 else rows
            if rows[0] is None: return []
            if rows[0].label == 0: rows[0].first = rows[0].last = 0; count = min(count, 2)
        elif draw < .4:  # the rest of the right paragraph
            part = rest_of(c, spans, rng)
            if part is not None: rows.append(make_row(q, t if rng.random() < .6 else -1, c, *part, label=0, weight=.5))
    rows += [passage(q, int(TITLE_OF[n]), n, rng, label=0, weight=.25) for n in negatives(i, count, rng)]
    return rows

def rest_of(c, spans, rng):
    starts, ends = c_sentences(c); first, last = int(spans[:, 0].min()), int(spans[:, 1].max())
    before, behind = starts[ends <= first], starts[starts > last]
    sides = []
    if len(before): sides.append((0, int(ends[len(before)-1])))
    if len(behind): sides.append((int(behind[0]), int(ends[-1])))
    if not sides: return None
    a, b = rng.choice(sides); b = min(b, a+220)
    if b-a < 12: return None
    ids = c_tokens(c)[a:b].tobytes()
    for f, l in spans:
        if c_tokens(c)[f:l+1].tobytes() in ids: return None
    return a, b

def judge_group(j, rng):
    """Spans of one question side by side, each marked in its sentences."""
    lo, hi = int(A["j_off"][j]), int(A["j_off"][j+1]); i = int(A["j_rec"][j]); q = question_of(i, rng)
    rows = []
    for k in range(lo, hi):
        c, f, l, lab = (int(x) for x in A["j_span"][k])
        r = judge_row(q, int(TITLE_OF[c]), c, f, l, rng, lab)
        rows.append(r)
    rng.shuffle(rows)
    return rows[:8]

def judge_row(q, t, c, f, l, rng, lab=-1):
    begin, end = window(c, (f, l), 110, rng)
    return make_row(q, t, c, begin, max(end, l+1), mark=(f, l), judge=lab)

# ---------------------------------------------------------------- batches
def pack(groups, tokens):
    """Arrays of exactly `tokens` tokens: the rows one behind the other, and padding as a last row."""
    rows = [r for g in groups for r in g]
    n = len(rows); total = sum(len(r.ids) for r in rows)
    ids = np.full(tokens, PAD, np.int64); types = np.zeros(tokens, np.int64); pos = np.zeros(tokens, np.int64)
    row = np.full(tokens, n, np.int64); allowed = np.zeros(tokens, bool); cu = np.zeros(n+2, np.int32)
    at = 0
    for k, r in enumerate(rows):
        m = len(r.ids); ids[at:at+m] = r.ids; types[at+r.types_from:at+m] = 1; pos[at:at+m] = np.arange(m); row[at:at+m] = k
        if r.mark is not None: types[at+r.mark[0]:at+r.mark[1]+1] = 2
        else: allowed[at+r.allowed_from:at+m-1] = True
        at += m; cu[k+1] = at
    pad = tokens-at; pos[at:] = np.arange(pad) % 512; cu[n+1] = tokens
    b = dict(ids=ids, types=types, pos=pos, row=row, allowed=allowed, cu=cu,
        longest=np.array(max(max(len(r.ids) for r in rows), pad)), widest=np.array(max(len(r.ids) for r in rows)),
        first=np.array([r.first for r in rows]), last=np.array([r.last for r in rows]),
        label=np.array([r.label for r in rows], np.float32), verdict=np.array([r.verdict for r in rows]),
        judge=np.array([r.judge for r in rows]), weight=np.array([r.weight for r in rows], np.float32),
        marked=np.array([r.mark is not None for r in rows]),
        group=np.repeat(np.arange(len(groups)), [len(g) for g in groups]), groups=np.array(len(groups)))
    return {k: torch.from_numpy(np.asarray(v)) for k, v in b.items()}

class Stream(torch.utils.data.IterableDataset):
    """Batches without end; each worker draws records by their set's weight."""
    def __init__(self, seed): self.seed = seed
    def __iter__(self):
        info = torch.utils.data.get_worker_info(); torch.set_num_threads(1)
        rng = random.Random(self.seed*1000+(info.id if info else 0)); nrng = np.random.default_rng(rng.randrange(2**31))
        w = A["set_weight"][A["r_set"]]; w = w/w.sum(); held = []
        judges = len(A["j_rec"]) if OPT["judge"] else 0
        while True:
            order = nrng.choice(len(w), 4096, p=w)
            for i in order:
                if judges and rng.random() < .3:
                    g = judge_group(rng.randrange(judges), rng)
                    g = [r for r in g if len(r.ids) <= 400]
                else: g = [r for r in group_of(int(i), rng) if r is not None]
                if not g: continue
                size = sum(len(r.ids) for r in g)
                if held and sum_held+size > OPT["tokens"]:
                    yield pack(held, OPT["tokens"]); held = []
                if not held: sum_held = 0
                held.append(g); sum_held += size

# ---------------------------------------------------------------- the network
E = dict(np.load(f"{HERE}/encoder.npz"))
def blocks(name, *shape):
    q = E["q:"+name].reshape(-1, 18); d = q[:, :2].copy().view("<f2").astype(np.float32)
    v = np.concatenate([q[:, 2:] & 15, q[:, 2:] >> 4], 1).astype(np.float32)-8
    return torch.from_numpy((v*d).reshape(shape))
def full(name, *shape): return torch.from_numpy(E["f:"+name].astype(np.float32).reshape(shape))

try:
    from torch.nn.attention.varlen import varlen_attn
except Exception as e: varlen_attn = None

def attention(q, k, v, cu, longest, padded):
    """(T, heads, d) each; rows lie one behind the other."""
    if padded is None:
        return varlen_attn(q, k, v, cu, cu, longest, longest)
    at, mask = padded  # (N, L) places in the packed tokens, and which are there
    n, l = at.shape
    def wide(x): return x[at.reshape(-1)].view(n, l, HEADS, -1).transpose(1, 2)
    o = F.scaled_dot_product_attention(wide(q), wide(k), wide(v), attn_mask=mask[:, None, None, :])
    out = torch.zeros_like(q)
    out[at[mask]] = o.transpose(1, 2)[mask]
    return out

def behind(x, a, ow, ob, aw, ab, uw, ub, dw, db, bw, bb):
    """All of a layer behind its attention."""
    x = F.layer_norm(x+F.linear(a, ow, ob), (HID,), aw, ab, 1e-12)
    return F.layer_norm(x+F.linear(F.gelu(F.linear(x, uw, ub)), dw, db), (HID,), bw, bb, 1e-12)
BEHIND = behind

class Layer(nn.Module):
    def __init__(self, n):
        super().__init__()
        p = f"l{n}."
        self.qkv = nn.Linear(HID, 3*HID); self.out = nn.Linear(HID, HID); self.up = nn.Linear(HID, 4*HID); self.down = nn.Linear(4*HID, HID)
        self.norm1 = nn.LayerNorm(HID, 1e-12); self.norm2 = nn.LayerNorm(HID, 1e-12)
        with torch.no_grad():
            self.qkv.weight.copy_(torch.cat([blocks(p+x+".w", HID, HID) for x in "qkv"])); self.qkv.bias.copy_(torch.cat([full(p+x+".b", HID) for x in "qkv"]))
            self.out.weight.copy_(blocks(p+"ao.w", HID, HID)); self.out.bias.copy_(full(p+"ao.b", HID))
            self.up.weight.copy_(blocks(p+"fi.w", 4*HID, HID)); self.up.bias.copy_(full(p+"fi.b", 4*HID))
            self.down.weight.copy_(blocks(p+"fo.w", HID, 4*HID)); self.down.bias.copy_(full(p+"fo.b", HID))
            self.norm1.weight.copy_(full(p+"aln.w", HID)); self.norm1.bias.copy_(full(p+"aln.b", HID))
            self.norm2.weight.copy_(full(p+"oln.w", HID)); self.norm2.bias.copy_(full(p+"oln.b", HID))
    def forward(self, x, cu, longest, padded):
        q, k, v = self.qkv(x).view(-1, 3, HEADS, HID//HEADS).unbind(1)
        a = attention(q, k, v, cu, longest, padded).reshape(-1, HID)
        return BEHIND(x, a, *self.weights())
    def weights(self):
        return [p for m in (self.out, self.norm1, self.up, self.down, self.norm2) for p in (m.weight, m.bias)]

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("words", blocks("emb.word", -1, HID).to(torch.float16), persistent=False)
        self.position = nn.Parameter(full("emb.pos", -1, HID)); ty = full("emb.type", 2, HID)
        self.kind = nn.Parameter(torch.cat([ty[:1], ty[:1], ty[:1]]).clone()); self.norm = nn.LayerNorm(HID, 1e-12)
        with torch.no_grad(): self.norm.weight.copy_(full("emb.ln.w", HID)); self.norm.bias.copy_(full("emb.ln.b", HID))
        self.layers = nn.ModuleList([Layer(n) for n in range(LAYERS)])
        self.span = nn.Linear(HID, 2)
        def head(n): return nn.Sequential(nn.Linear(HID, HID), nn.Tanh(), nn.Linear(HID, n))
        self.answers, self.verdict, self.judge = head(1), head(3), head(1)
        for l in self.layers[:OPT["frozen"]]: l.requires_grad_(False)
    def encode(self, b, padded=None):
        x = self.norm(self.words[b["ids"]].float()+self.position[b["pos"]]+self.kind[b["types"]])
        cu, longest = b["cu"], int(b["longest"])
        with torch.autocast(DEV, torch.bfloat16):
            x = x.to(torch.bfloat16)
            for l in self.layers: x = l(x, cu, longest, padded)
        return x
    def forward(self, b, padded=None):
        x = self.encode(b, padded).float()
        top = x[b["cu"][:-2].long()]
        s = self.span(x)
        return s, self.answers(top)[:, 0], self.verdict(top), self.judge(top)[:, 0]

def places(b):
    """(N, L) of the places of each row's tokens in the packed ones, with those that are not there at 0; and which are."""
    cu = b["cu"].long(); n = len(cu)-2
    lengths = cu[1:-1]-cu[:-2]; l = int(b["widest"])
    k = torch.arange(l, device=cu.device)
    mask = k[None] < lengths[:, None]
    return torch.where(mask, cu[:-2, None]+k[None], 0), mask

LOW = -1e9
def over_groups(x, use, group, groups):
    """log(1 + sum of exp(x)) over the rows of each group that are used; "none of them" stands at 0."""
    x = torch.where(use, x, LOW)
    biggest = torch.zeros(groups, device=x.device).scatter_reduce(0, group, x.detach(), "amax")
    return biggest+torch.log(torch.exp(-biggest).index_add(0, group, torch.exp(x-biggest[group])))

def losses_of(out, b):
    s, answers, verdict, judge = out
    at, there = places(b); n = len(at); group, groups = b["group"], int(b["groups"])
    allowed = b["allowed"][at] & there
    reads = ~b["marked"] & (b["verdict"] < 0)
    w = b["weight"]*reads
    zero = torch.zeros(groups, device=s.device)
    group_reads = zero.index_add(0, group, reads.float()).clamp(max=1); span_groups = group_reads.sum().clamp(min=1)
    wide = s[at]; null = wide[:, 0]
    found = ((b["first"] > 0) & reads).float()
    total_span = 0; together = 0
    for k, target in ((0, b["first"]), (1, b["last"])):
        logits = wide[:, :, k].masked_fill(~allowed, LOW)
        inside = torch.logsumexp(logits, 1)
        gold = torch.where(target > 0, logits.gather(1, target[:, None])[:, 0], null[:, k])
        total_span = total_span+(w*(torch.logaddexp(inside, null[:, k])-gold)).sum()/span_groups/2
        lse = over_groups(inside-null[:, k], reads, group, groups)
        goldm = zero.index_add(0, group, (gold-null[:, k])*found)
        together = together+((lse-goldm)*group_reads).sum()/span_groups/2
    res = dict(span=total_span, together=together)
    lw = b["weight"]*(b["label"] >= 0)
    res["answers"] = (F.binary_cross_entropy_with_logits(answers, b["label"].clamp(min=0), reduction="none")*lw).sum()/lw.sum().clamp(min=1)
    v = b["verdict"] >= 0
    res["verdict"] = (F.cross_entropy(verdict, b["verdict"].clamp(min=0), reduction="none")*v).sum()/v.sum().clamp(min=1)
    m = b["marked"]; use = m & (b["judge"] >= 0)  # -1: too near to a right one to count
    right = use & (b["judge"] == 1)
    gm = zero.index_add(0, group, m.float()).clamp(max=1)
    all_ = over_groups(judge, use, group, groups)
    # the right ones alone, without "none": where there are none, "none" is right
    big = torch.full((groups,), LOW, device=s.device).scatter_reduce(0, group, torch.where(right, judge, LOW).detach(), "amax")
    some = zero.index_add(0, group, right.float()) > 0
    big = torch.where(some, big, 0.0)
    pos = torch.log(zero.index_add(0, group, torch.where(right, torch.exp(judge-big[group]), 0.0))+(~some)+1e-30)+big
    res["judge"] = ((all_-pos)*gm).sum()/gm.sum().clamp(min=1)
    res["judge"] = res["judge"]+.5*(F.binary_cross_entropy_with_logits(judge, right.float(), reduction="none")*use).sum()/use.sum().clamp(min=1)
    return res

HOST = ("longest", "widest", "groups")
def to_device(b): return {k: int(v) if k in HOST else v.to(DEV, non_blocking=True) for k, v in b.items()}

# ---------------------------------------------------------------- reading
def read_rows(model, rows, how, tokens):
    """`how(batch, outputs, rows)` for packs of rows, longest first."""
    order = sorted(range(len(rows)), key=lambda k: -len(rows[k].ids)); part, size = [], 0
    results = [None]*len(rows)
    def run(part):
        b = to_device(pack([[rows[k]] for k in part], tokens))
        with torch.inference_mode():
            out = model(b, places(b) if FALLBACK else None)
            for k, r in zip(part, how(b, out)): results[k] = r
    for k in order:
        m = len(rows[k].ids)
        if part and size+m > tokens: run(part); part, size = [], 0
        part.append(k); size += m
    if part: run(part)
    return results

def best_spans(b, out, top=4, most=30):
    """For each row: margins, first and last tokens of `top` spans that begin apart; answers, verdict."""
    s, answers, verdict, judge = out
    at, there = places(b); wide = s[at].float(); allowed = b["allowed"][at] & there
    start = (wide[:, :, 0]-wide[:, :1, 0]).masked_fill(~allowed, LOW); end = (wide[:, :, 1]-wide[:, :1, 1]).masked_fill(~allowed, LOW)
    ends = F.pad(end, (0, most-1), value=LOW).unfold(1, most, 1)  # N, L, most
    best, step = ends.max(2)
    total = start+best
    got = []
    for _ in range(top):
        m, f = total.max(1); l = f+step.gather(1, f[:, None])[:, 0]
        got.append(torch.stack([m, f.float(), l.float()], 1))
        k = torch.arange(total.shape[1], device=total.device)[None]
        total = total.masked_fill((k >= f[:, None]) & (k <= l[:, None]), LOW)
        # a span may not reach over one that is taken
        over = (k < f[:, None]) & (k+step >= f[:, None])
        total = total.masked_fill(over, LOW)
    spans = torch.stack(got, 1)
    return list(zip(spans.cpu().numpy(), answers.cpu().numpy(), verdict.cpu().numpy()))

def full_rows(q, t, c):
    """The rows for one passage: windows of 320 tokens that share 64, as in use."""
    qt = q_tokens(q); room = MAXLEN-len(qt)-len(t_tokens(t))-3; n = int(A["ctx_off"][c+1]-A["ctx_off"][c]); rows = []; a = 0
    while True:
        rows.append(make_row(qt, t, c, a, min(n, a+room)))
        if a+room >= n: return rows
        a += room-64

def spans_of(model, triples, tokens=65536, top=4):
    """For (q, t, c): [(margin, first, last in the context)], answers, verdict; windows joined."""
    rows, owner = [], []
    for k, (q, t, c) in enumerate(triples):
        for r in full_rows(int(q), int(t), int(c)): rows.append(r); owner.append(k)
    found = read_rows(model, rows, lambda b, o: best_spans(b, o, top), tokens)
    joined = [None]*len(triples)
    for r, k, (sp, an, ve) in zip(rows, owner, found):
        spans = [(float(m), int(f)-r.allowed_from+r.begin, int(l)-r.allowed_from+r.begin) for m, f, l in sp if m > LOW/2]
        if joined[k] is None: joined[k] = [spans, float(an), ve]
        else:
            joined[k][0] = sorted({s[1:]: s for s in sorted(joined[k][0]+spans)}.values(), reverse=True)[:top]
            if an > joined[k][1]: joined[k][1], joined[k][2] = float(an), ve
    return joined

def measured(model):
    """Spans of every row that is to be measured, as arrays; with the judge's logit of the best six of each question."""
    rows = A["e_rows"]; off = A["e_off"]; q_of = np.repeat(A["e_q"], np.diff(off))
    got = spans_of(model, [(q, t, c) for q, (t, c) in zip(q_of, rows)], top=3)
    sp = np.full((len(rows), 3, 4), np.nan, np.float32)  # margin, first, last, judge
    for k, (spans, _, _) in enumerate(got):
        for j, s in enumerate(spans[:3]): sp[k, j, :3] = s
    if OPT["judge"]:
        rng = random.Random(0); jr, where = [], []
        for e in range(len(A["e_q"])):
            cand = sorted(((sp[k, j, 0], k, j) for k in range(off[e], off[e+1]) for j in range(3) if np.isfinite(sp[k, j, 0])), reverse=True)[:8]
            for _, k, j in cand:
                t, c = (int(x) for x in rows[k]); jr.append(judge_row(q_tokens(int(A["e_q"][e])), t, c, int(sp[k, j, 1]), int(sp[k, j, 2]), rng)); where.append((k, j))
        logits = read_rows(model, jr, lambda b, o: o[3].float().cpu().numpy().tolist(), 65536)
        for (k, j), v in zip(where, logits): sp[k, j, 3] = v
    return dict(spans=sp, answers=np.array([g[1] for g in got], np.float32), verdict=np.array([g[2] for g in got], np.float32))

def mined(model, count):
    """For `count` records: the best six spans of their own and their nearest passages."""
    rng = random.Random(5); w = A["set_weight"][A["r_set"]]
    can = np.flatnonzero((A["r_verdict"] < 0)); nrng = np.random.default_rng(5)
    chosen = nrng.choice(can, min(count, len(can)), replace=False, p=w[can]/w[can].sum())
    triples, owner = [], []
    for i in chosen:
        i = int(i)
        for c in [int(A["r_ctx"][i])]+negatives(i, 7, rng):
            triples.append((int(A["r_q"][i]) if rng.random() < .6 else int(A["r_lower"][i]), int(TITLE_OF[c]) if rng.random() < .6 else -1, c)); owner.append(i)
    say("mining", len(chosen), "records", len(triples), "passages")
    got = spans_of(model, triples, top=3)
    per = {}
    for (q, t, c), i, (spans, an, _) in zip(triples, owner, got):
        per.setdefault(i, []).extend((m, c, f, l) for m, f, l in spans)
    rec, off, out, mar = [], [0], [], []
    for i, ss in per.items():
        ss = sorted(ss, reverse=True)[:8]; rec.append(i); out += [(c, f, l) for _, c, f, l in ss]; mar += [m for m, *_ in ss]; off.append(len(out))
    return dict(m_rec=np.array(rec, np.int32), m_off=np.array(off, np.int32), m_span=np.array(out, np.int32), m_margin=np.array(mar, np.float16))

def dense_neighbours(keep=24):
    """The nearest contexts of the same pool to each question by the encoder as it comes; mean pooling."""
    model = Deep().to(DEV).eval(); prefix = {}
    def vectors(token_lists, kind):
        rows = []
        for ids in token_lists:
            r = Row(); r.ids = np.concatenate([[BEGIN], ids[:300], [END]]).astype(np.int32); r.types_from = r.allowed_from = 1; r.first = r.last = 0
            r.label = r.verdict = r.judge = -1; r.mark = None; r.weight = 1.0; r.ctx = r.begin = 0; rows.append(r)
        def pool(b, x):
            n = len(b["cu"])-2; s = torch.zeros(n+1, HID, device=DEV).index_add(0, b["row"], x)[:n]; return F.normalize(s, dim=1)
        order = sorted(range(len(rows)), key=lambda k: -len(rows[k].ids)); res = torch.zeros(len(rows), HID, device=DEV)
        part, size = [], 0
        def run(part):
            b = pack([[rows[k]] for k in part], 65536); b["types"][:] = 0; b = to_device(b)
            with torch.inference_mode(): res[torch.tensor(part, device=DEV)] = pool(b, model.encode(b, places(b) if FALLBACK else None).float())
        for k in order:
            m = len(rows[k].ids)
            if part and size+m > 65536: run(part); part, size = [], 0
            part.append(k); size += m
        run(part); return res
    P = A["prefixes"] if "prefixes" in A else np.zeros((2, 0), np.int32)
    pre_q, pre_p = [A["prefix_q"]] if "prefix_q" in A else [np.zeros(0, np.int32)], [A["prefix_p"]] if "prefix_p" in A else [np.zeros(0, np.int32)]
    n_ctx = int(A["r_ctx"].max())+1
    if OPT["limit"]: return None
    cv = vectors([np.concatenate([pre_p[0], c_tokens(c)]) for c in range(n_ctx)], "p")
    qv = vectors([np.concatenate([pre_q[0], q_tokens(q)]) for q in A["r_q"]], "q")
    out = np.full((len(A["r_q"]), keep), -1, np.int32); pool_of = A["set_pool"][A["r_set"]]
    for p in np.unique(pool_of):
        members = np.flatnonzero(pool_of == p); ids = torch.from_numpy(A[f"pool_{p}"]).long().to(DEV)
        for at in range(0, len(members), 4096):
            part = members[at:at+4096]
            s = qv[torch.from_numpy(part).to(DEV)] @ cv[ids].T
            out[part, :min(keep, len(ids))] = ids[s.topk(min(keep, len(ids)), 1).indices].cpu().numpy()
    return out

FALLBACK = varlen_attn is None or DEV == "cpu"
def main():
    global FALLBACK, BEHIND
    torch.manual_seed(OPT["seed"]); torch.backends.cuda.matmul.allow_tf32 = True
    if OPT["threads"]: torch.set_num_threads(OPT["threads"])
    say(DEV, torch.__version__, "varlen", varlen_attn is not None, OPT)
    stream = iter(torch.utils.data.DataLoader(Stream(OPT["seed"]), batch_size=None, num_workers=OPT["workers"], prefetch_factor=6 if OPT["workers"] else None, pin_memory=DEV == "cuda"))
    model = Deep().to(DEV)
    b = to_device(next(stream)); say("first batch", len(b["cu"])-2, "rows", int(b["groups"]), "groups")
    if not FALLBACK:
        try:
            with torch.no_grad():
                x = model.encode(b); y = model.encode(b, places(b)); n = int(b["cu"][-2])
                say("varlen against padded:", float((x[:n]-y[:n]).abs().max()), float(x[:n].abs().mean()))
            loss = model.encode(b).float().pow(2).mean(); loss.backward(); model.zero_grad(set_to_none=True); say("varlen backward works")
        except Exception as e:
            say("varlen fails:", repr(e)[:300]); FALLBACK = True
    if DEV == "cuda":
        BEHIND = torch.compile(behind, dynamic=False)
    low = [p for n, p in model.named_parameters() if p.requires_grad and p.ndim < 2]; high = [p for n, p in model.named_parameters() if p.requires_grad and p.ndim >= 2]
    opt = torch.optim.AdamW([dict(params=high, weight_decay=.01), dict(params=low, weight_decay=0.0)], lr=OPT["lr"], betas=(.9, .98), fused=DEV == "cuda")
    params = [*low, *high]
    step = groups = toks = 0; started = None; recent = {}; warm = 8
    while True:
        b = to_device(next(stream))
        now = time.monotonic()
        if step == warm: started = now; groups = toks = 0
        if step < warm: frac = 0.0; rate = OPT["lr"]*.02
        else:
            frac = (now-started)/OPT["seconds"] if not OPT["steps"] else (step-warm)/OPT["steps"]
            rate = OPT["lr"]*min(1.0, frac/.04+.02)*max(0.0, 1-frac)
        if frac >= 1: break
        for g in opt.param_groups: g["lr"] = rate
        out = model(b, places(b) if FALLBACK else None)
        parts = losses_of(out, b)
        loss = sum(LOSSES[k]*v for k, v in parts.items())
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(params, 1.0, foreach=True)
        opt.step(); opt.zero_grad(set_to_none=True)
        for k, v in parts.items(): recent[k] = .98*recent.get(k, v.detach())+.02*v.detach()
        step += 1; groups += int(b["groups"]); toks += OPT["tokens"]
        if step in (1, 2, 4, warm) or step % 200 == 0:
            took = time.monotonic()-(started or T0)
            say(f"step {step} {groups:,} groups {toks/max(took,1e-9)/1e3:.0f}k tok/s frac {frac:.3f} norm {float(norm):.2f}", " ".join(f"{k} {float(v):.3f}" for k, v in recent.items()))
            if not math.isfinite(float(loss.detach())): raise SystemExit("no number")
    say("trained", step, "steps", groups, "groups"); del stream
    model.eval()
    if OPT["weights"]:
        named = {n: p.detach().half().cpu().numpy() for n, p in model.named_parameters()}
        named = {n: v for n, v in named.items() if not any(n.startswith(f"layers.{k}.") for k in range(OPT["frozen"]))}
        parts, size = [{}], 0
        for n, v in named.items():
            if size+v.nbytes > 14*2**20: parts.append({}); size = 0
            parts[-1][n] = v; size += v.nbytes
        for k, p in enumerate(parts): np.savez(f"{OUT}/weights-{k}.npz", **p)
        say("weights in", len(parts), "parts")
    if OPT["evals"]:
        np.savez_compressed(f"{OUT}/measured.npz", **measured(model)); say("measured")
    if OPT["mine"]:
        np.savez_compressed(f"{OUT}/mined.npz", **mined(model, OPT["mine"])); say("mined")
    if OPT["dense"]:
        del model; torch.cuda.empty_cache() if DEV == "cuda" else None
        np.savez_compressed(f"{OUT}/neighbours.npz", dense=dense_neighbours().astype(np.uint16)); say("neighbours")
main()
