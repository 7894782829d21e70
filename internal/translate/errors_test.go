package translate_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// What is wrong with a file is another text in French, at the same place.
func TestWhatIsWrongWithFilesIsSaidInFrench(t *testing.T) {
	rules, speaks := open(t)
	messages := map[string]string{} // French, by the English message
	note := func(err error) {
		all := document.Collect(nil, err)
		for i, french := range speaks.Errors(all) {
			english := *all[i]
			english.Message = french.Message
			if english != *french {
				t.Errorf("%+v is %+v in French", all[i], french)
			}
			messages[all[i].Message] = french.Message
		}
	}
	examples, err := txtar.ParseFile("../document/testdata/yaml.txtar")
	testhelp.Must(t, err)
	for _, example := range examples.Files {
		if !strings.HasSuffix(example.Name, " =") {
			_, err := document.Parse("example.yaml", example.Data, document.DefaultLimits)
			note(err)
		}
	}
	small := document.Limits{Bytes: 2000, Depth: 3, Nodes: 40, KeysPerMapping: 8, ScalarBytes: 60, KeyBytes: 12}
	form, _, err := rules.Form()
	testhelp.Must(t, err)
	placeholders, err := rules.Placeholders()
	testhelp.Must(t, err)
	step := 40 // of the lines, one is changed
	if testhelp.LongWanted() {
		step = 3
	}
	reader := evidence.Reader{Schema: form, Placeholders: placeholders}
	names, err := filepath.Glob("../../evidence/gaps/*.yaml")
	testhelp.Must(t, err)
	for _, name := range names {
		content, err := os.ReadFile(name)
		testhelp.Must(t, err)
		_, err = document.Parse("small.yaml", content, small)
		note(err)
		for _, broken := range mutants(string(content), step) {
			doc, err := document.Parse("broken.yaml", []byte(broken), document.DefaultLimits)
			if err != nil {
				note(err)
				continue
			}
			if strings.HasSuffix(name, "waivers.yaml") {
				_, err = waiver.Parse(doc, []string{"backups.policy_owned"}, placeholders)
			} else {
				err = reader.Verify(doc)
			}
			note(err)
		}
	}
	for english, french := range messages {
		if english == french {
			t.Errorf("%q is not in French", english)
		}
	}
	if len(messages) < 150 {
		t.Errorf("only %d messages were seen", len(messages))
	}
}

// mutants are a text of YAML with one value after the other, or its key, in another form.
func mutants(text string, step int) (all []string) {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		before, value, isField := strings.Cut(line, ": ")
		if !isField || strings.HasPrefix(strings.TrimSpace(line), "#") || i%step != 0 {
			continue
		}
		change := func(line string) {
			all = append(all, strings.Join(slices.Concat(lines[:i], []string{line, "\n"}, lines[i+1:]), ""))
		}
		for _, other := range []string{"", "[]", "{}", "{a: 1}", "12", "20261120", "-3", "1.5", "true", "x", "TBD", "yes", "'12'", "12 hours", "31.12.2025", "03/04/2026", "2026-11-20 9:00", "1,5", "about 3", "note:this", "[a, a]"} {
			change(before + ": " + other)
		}
		change(before + "x: " + strings.TrimSpace(value))
		change(before + ":" + strings.TrimSpace(value))
		change("\t" + strings.TrimSpace(line))
		change("")
	}
	return all
}

// What is no text of the program in an error stays as it is, and what is wrapped around it.
func TestAnErrorKeepsWhatItNames(t *testing.T) {
	_, speaks := open(t)
	defect := document.At(verdict.Location{File: "a b.yaml", Line: 3, Column: 1}, `unknown field "text", known are report, bytes`)
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("our words: %w", defect), `our words: a b.yaml:3:1: champ inconnu : "text". Sont connus : report, bytes`},
		{document.Errors{defect, document.At(verdict.Location{File: "b.yaml", Line: 1, Column: 1}, "our own")}, "a b.yaml:3:1: champ inconnu : \"text\". Sont connus : report, bytes\nb.yaml:1:1: our own"},
		{errors.Join(errors.New("no evidence in nothing: no file of kind Evidence there; `raci-check init nothing` writes a skeleton"), errors.New("ours")),
			"pas de preuves dans nothing : aucun fichier de type Evidence ne s'y trouve ; `raci-check init nothing` écrit un squelette\nours"},
		{errors.New("read evidence: open a.yaml: permission denied"), "lire les preuves : ouvrir a.yaml : accès refusé"},
		{errors.New("expected text or a list, found nothing: give a value, or leave the field out"), "attendu : un texte ou une liste ; trouvé : rien ; donner une valeur, ou omettre le champ"},
	} {
		if got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(speaks.Error(test.err)); got != test.want {
			t.Errorf("%v is %q in French, wanted %q", test.err, got, test.want)
		}
	}
}
