import sys,torch,random
torch.set_num_threads(1)
from pathlib import Path
from cvae.model.checkpoint import load_checkpoint
from cvae.inference.conversion import convert
from cvae.inference.word_lists import real_paradigms, training_paradigms
from cvae.data.inflection import inflection_class
from cvae.data.paradigms import read_paradigms, spellings
from cvae.evaluation.exact_match import mark
m,info=load_checkpoint(Path(sys.argv[1]))
random.seed(123)
ON="b bl br c ch cl d dr f fl g gl gr h j k l m n p pl pr r s sh sl sp st t tr v w".split()
V="a e i o u".split(); CO="b d g k l m n nd nt p r rt s st t".split()
def syl(last): return random.choice(ON)+random.choice(V)+(random.choice(CO) if last or random.random()<.4 else "")
for n in (2,3,4):
    ws=["".join(syl(i==n-1) for i in range(n)) for _ in range(300)]
    back=sum(c.comes_back for c in convert(m,ws,"sp")); print("invented stems of",n,"syllables rebuilt",back/300)
if len(sys.argv)>2:
    T=len(m.vocabulary.tenses)
    rows=sorted(real_paradigms(T)); irr=[r for r in rows if "irregular" in inflection_class(r)]
    mk=mark(m,irr); print("irregular",len(irr),mk.exact_match,sorted({irr[i][0] for i,_,_ in mk.wrong}))
    fromsp=[(irr[i],mk.answers[i][0]) for i in range(len(irr)) if not mk.right[i,0].all()]
    print("from simple present wrong:",len(fromsp),fromsp[:20])
    for n in ("large","heldout","unseen","commonest"):
        r=read_paradigms(n).rows; k=mark(m,r); print(n,len(r),round(k.exact_match,4))
