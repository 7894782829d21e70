package cli_test

import (
	"encoding/csv"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/frenchtest"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/timestamp/timestamptest"
)

// verifiedInFrench reads what verify says of a signed report: where all holds, and wherever something does not. The folder has
// compliant.json, gaps.json and, of a part of its duties, part.json.
func verifiedInFrench(t *testing.T, reader *frenchtest.Reader, folder string) {
	t.Helper()
	file := func(name string) string { return filepath.Join(folder, name) }
	content := func(name string) string {
		t.Helper()
		text, err := os.ReadFile(file(name))
		testhelp.Must(t, err)
		return string(text)
	}
	reader.Quote("preparer", "approver", "CN=Test TSA", "Lea", folder)
	authority := timestamptest.New(t, nil)
	server := httptest.NewServer(authority)
	t.Cleanup(server.Close)
	testhelp.Put(t, file("root.pem"), string(timestamptest.PEM(authority.Root)))
	for _, args := range [][]string{
		{"keygen", "-o", file("preparer")}, {"keygen", "-o", file("approver")},
		{"render", file("compliant.json"), file("gaps.json"), "-o", "json=" + file("fleet.json")},
		{"sign", "--key", file("preparer.key"), "--evidence", ".", file("fleet.json")},
		{"sign", "--key", file("preparer.key"), "--evidence", ".", "--tsa", server.URL, file("part.json")},
		{"archive", "-o", file("part.tar.gz"), file("part.json")},
		{"sample", "-n", "3", "-o", "csv=" + file("worksheet.csv"), file("part.tar.gz")},
	} {
		spoken(t, "", args...)
	}
	testhelp.Put(t, file("worksheet.csv"), filled(t, content("worksheet.csv")))
	reader.Read("the results of a sample", spoken(t, "", "sample", "--results", file("worksheet.csv"), file("part.tar.gz")))
	envelope := content("part.json.dsse.json")
	testhelp.Put(t, file("bad.dsse.json"), regexp.MustCompile(`"sig":"..`).ReplaceAllString(envelope, `"sig":"AA`))
	testhelp.Put(t, file("spaced.dsse.json"), strings.Replace(envelope, `","payload"`, `", "payload"`, 1))
	testhelp.Put(t, file("other.json"), strings.Replace(content("part.json"), `"result": "fail"`, `"result": "pass"`, 1))
	changed := file("changed/evidence/gaps")
	testhelp.Must(t, os.CopyFS(changed, os.DirFS("evidence/gaps")))
	testhelp.Put(t, filepath.Join(changed, "backups.yaml"), content("changed/evidence/gaps/backups.yaml")+"# changed\n")
	testhelp.Put(t, filepath.Join(changed, "more.yaml"), content("changed/evidence/gaps/backups.yaml"))
	testhelp.Must(t, os.Remove(filepath.Join(changed, "keys.yaml")))
	testhelp.Must(t, os.MkdirAll(file("empty"), 0o700))
	key := []string{"verify", "--key", file("preparer.pub")}
	verify := func(more ...string) []string { return slices.Concat(key, more) }
	for name, test := range map[string]struct {
		says string
		args []string
	}{
		"what holds":           {"octet pour octet", verify("--evidence", ".", "--reassess", file("part.json"))},
		"what was not asked":   {"à demander avec --reassess", verify(file("part.json"))},
		"a missing signature":  {"manquantes : approver", verify("--key", file("approver.pub"), file("part.json"))},
		"a bad signature":      {"la signature n'est pas valable", verify("--attestation", file("bad.dsse.json"), file("part.json"))},
		"another form":         {"un autre programme a écrit cette enveloppe", verify("--attestation", file("spaced.dsse.json"), file("part.json"))},
		"another report":       {"c'est un autre rapport", verify("--attestation", file("part.json.dsse.json"), file("other.json"))},
		"changed evidence":     {"nouveau : absent du rapport", verify("--evidence", file("changed"), "--reassess", file("part.json"))},
		"no evidence":          {"aucun des fichiers n'existe", verify("--evidence", file("empty"), file("part.json"))},
		"a claimed time":       {"non vérifié", verify(file("part.json"))},
		"a trusted time":       {"avait signé au plus tard le", verify("--tsa-ca", file("root.pem"), file("part.json"))},
		"a time without trust": {"selon une autre politique", verify("--tsa-ca", file("root.pem"), "--tsa-policy", "1.2.3", file("part.json"))},
		"an archive":           {"concordants : 1", verify("--reassess", file("part.tar.gz"))},
		"reports put together": {"vérifier ceux-ci", verify("--evidence", ".", "--reassess", file("fleet.json"))},
	} {
		text := answered(t, "", 2, test.args...)
		if plain := strings.Join(strings.Fields(text), " "); !strings.Contains(plain, test.says) {
			t.Errorf("%s does not say %q: %s", name, test.says, text)
		}
		reader.Read("the verification of "+name, text)
	}
}

// filled is a worksheet with its results: a fact agrees, another differs, and the last was not seen.
func filled(t *testing.T, worksheet string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(worksheet, "\ufeff"))).ReadAll()
	testhelp.Must(t, err)
	for i, result := range []string{"concorde", "diffère", "non vu"} {
		for name, value := range map[string]string{"result": result, "note": "", "name": "Lea", "date": "2026-11-20"} {
			rows[i+1][slices.Index(rows[0], name)] = value
		}
	}
	var out strings.Builder
	writer := csv.NewWriter(&out)
	testhelp.Must(t, writer.WriteAll(rows))
	return out.String()
}
