package policies_test
import ("testing";"raci-check/internal/evidence";"raci-check/internal/schema";"raci-check/internal/document")
func TestGapsTmp(t *testing.T){ h:=load(t); form,_:=schema.Compile("evidence",h.format.Schema)
 reader:=evidence.Reader{Schema:form,Limits:document.DefaultLimits}
 sets,err:=reader.Read([]string{"../evidence/gaps"}); must(t,err)
 for _,l:=range h.contradictions(t,sets[0].Value){t.Error(l)} }
