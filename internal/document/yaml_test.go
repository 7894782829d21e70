package document

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what comes of each document in testdata/yaml.txtar")

// tolerated are documents that are no YAML and that yaml.v3 reads all the same. Each has one meaning that nobody could take
// for another, so that nothing is hidden by it.
var tolerated = map[string]string{
	"an escaped single quote":               "1.2 has no such escape",
	"a comment without a space before it":   "behind a bracket, where nothing else can begin with a number sign",
	"a flow less indented":                  "the brackets say where it ends",
	"a flow mapping less indented":          "the brackets say where it ends",
	"quotes indented by a tab":              "the quotes say where it ends",
	"a comment against quotes":              "behind quotes, where nothing else can begin with a number sign",
	"a comment against a folded sign":       "behind a sign, where nothing else can begin with a number sign",
	"blank lines deeper than a folded text": "there is no text",
	"quotes less indented":                  "the quotes say where it ends",
}

// Each document is read as it says beside it, and each of a kind that is not read is refused.
func TestYAML(t *testing.T) {
	const file = "testdata/yaml.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		input, output := &archive.Files[i], &archive.Files[i+1]
		if output.Name != input.Name+" =" {
			t.Fatalf("%q is followed by %q", input.Name, output.Name)
		}
		t.Run(input.Name, func(t *testing.T) {
			kind, name, _ := strings.Cut(input.Name, "/")
			count[kind]++
			text := string(input.Data)
			if strings.HasSuffix(name, ", cut") { // an archive cannot hold a file without its last line end
				text = strings.TrimSuffix(text, "\n")
			}
			doc, err := parse(text)
			if accepted := kind == "valid" || tolerated[name] != ""; accepted != (err == nil) {
				t.Errorf("read: %v", err)
			}
			got := ""
			if err != nil {
				got = err.Error() + "\n"
			} else {
				encoded, err := json.Marshal(doc.Value())
				if err != nil {
					t.Fatal(err)
				}
				got = string(encoded) + "\n"
			}
			if *update {
				output.Data = []byte(got)
			} else if got != string(output.Data) {
				t.Errorf("got\n%swanted\n%s", got, output.Data)
			}
		})
	}
	if count["valid"] < 150 || count["refused"] < 90 || count["invalid"] < 65 {
		t.Errorf("only %v documents were tried", count)
	}
	for name := range tolerated {
		if !strings.Contains(string(txtar.Format(archive)), "-- invalid/"+name+" --\n") {
			t.Errorf("%q is no document", name)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
