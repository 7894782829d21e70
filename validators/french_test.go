package validators

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/html"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/words"
	"github.com/raci-check/raci-check/policies"
)

// The pages in French are valid and fit the same screens, and axe finds nothing in them. How they are printed, and what evidence says,
// depends on no language: TestHTMLInABrowser looks at both.
func TestHTMLInFrench(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	need(t)
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	french, err := words.In("fr")
	if err != nil {
		t.Fatal(err)
	}
	speaks, err := translate.New(french, rules, policies.Words)
	if err != nil {
		t.Fatal(err)
	}
	folder, keep := t.TempDir(), "-"
	if screenshots := os.Getenv("RACI_CHECK_SCREENSHOTS"); screenshots != "" {
		folder, keep = screenshots, screenshots
	}
	pages := files(t, folder, ".fr.html", func(w io.Writer, a *assessment.Assessment) error {
		page, err := speaks.Fleet(assessment.FleetOf(a)).Whole()
		if err != nil {
			return err
		}
		return html.Write(w, page, french)
	}, "ahead", "compliant", "fleet", "partial", "empty")
	if out, err := run("node_modules/.bin/html-validate", pages...); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
	if out, err := run("node", append([]string{"page.mjs", keep}, pages...)...); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
	if out, err := run("node", "page.mjs", "-", spoil(t, filepath.Join(folder, "empty.fr.html"), `<html lang="fr">`, "<html>")); err == nil {
		t.Errorf("a page without a language is not found:\n%s", out)
	}
}

// The pages of serve in French are valid and fit the same screens, axe finds nothing in them, and what the script says is French.
func TestServeInFrench(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	need(t)
	out := t.TempDir()
	if screenshots := os.Getenv("RACI_CHECK_SCREENSHOTS"); screenshots != "" {
		out = screenshots
	}
	folder := filepath.Join(t.TempDir(), "gaps")
	testhelp.Must(t, os.CopyFS(folder, os.DirFS("../evidence/gaps")))
	look := func(address, says string, paths ...string) {
		if output, err := run("node", append([]string{"served.mjs", address, "fr", says, out}, paths...)...); err != nil {
			t.Errorf("%v\n%.8000s", err, output)
		}
	}
	look(serving(t, folder, "--lang", "fr"), "^(Pas encore enregistré|Certains champs)", "", "duties/3.1.1.2", "sections/subscription", "sections/keys", "sections/network", "sections/not_applicable",
		"sections/iam?at=/iam/policies/0", "requests", "waivers", "nowhere")
	look(serving(t, "../evidence/compliant", "--read-only", "--lang", "fr"), "", "", "duties/1.1.1", "sections/backups", "waivers", "sample")
	pages, err := filepath.Glob(filepath.Join(out, "fr.*.html"))
	testhelp.Must(t, err)
	if len(pages) < 12 {
		t.Fatalf("only %d pages were looked at", len(pages))
	}
	if output, err := run("node_modules/.bin/html-validate", append([]string{"--config", ".htmlvalidate.json"}, pages...)...); err != nil {
		t.Errorf("%v\n%.8000s", err, output)
	}
}
