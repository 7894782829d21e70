package serve_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	htmlparse "golang.org/x/net/html"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/serve"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/mappings"
	"github.com/raci-check/raci-check/policies"
)

// browser is one that was let in.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string // of the paths of pages, with the host
}

func rules() (ruleset.Ruleset, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return rules, err
	}
	return rules.WithSnapshot(policies.Snapshot)
}

func at() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }

// run serves a folder until the test ends, and answers the address.
func run(t *testing.T, folder string, readOnly bool) string {
	t.Helper()
	return runWith(t, serve.Options{Folder: folder, ReadOnly: readOnly})
}

// runWith serves what options name, with the shipped rules, at the time of the examples.
func runWith(t *testing.T, o serve.Options) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	addresses, ended := make(chan string, 1), make(chan error, 1)
	if o.Rules == nil {
		o.Rules = rules
	}
	o.At, o.Shipped = at, mappings.FS
	o.Assess.PastAt, o.Assess.Tool = true, assessment.Tool{Name: "raci-check", Version: "0.0.0"}
	go func() {
		ended <- serve.Run(ctx, o, func(url string) error { addresses <- url; return nil })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the end: %v", err)
		}
	})
	select {
	case address := <-addresses:
		return address
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return ""
}

// enter opens the address in a browser.
func enter(t *testing.T, address string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	testhelp.Must(t, err)
	b := &browser{t: t, client: &http.Client{Jar: jar}}
	response, err := b.client.Get(address)
	testhelp.Must(t, err)
	testhelp.Must(t, response.Body.Close())
	if response.StatusCode != http.StatusOK {
		t.Fatalf("the address answers %s", response.Status)
	}
	b.base = response.Request.URL.String()
	return b
}

// copied is an example of evidence in a folder of the test's own.
func copied(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), name)
	testhelp.Must(t, os.CopyFS(folder, os.DirFS(filepath.Join("..", "..", "evidence", name))))
	return folder
}

// open opens a page.
func (b *browser) open(path string, status int) string {
	b.t.Helper()
	response, err := b.client.Get(b.base + path)
	testhelp.Must(b.t, err)
	return b.page(response, path, status)
}

func (b *browser) page(response *http.Response, path string, status int) string {
	b.t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	testhelp.Must(b.t, err)
	if response.StatusCode != status {
		b.t.Fatalf("%s answers %s, expected is %d: %.2000s", path, response.Status, status, body)
	}
	return string(body)
}

// expect looks for texts on a page.
func (b *browser) expect(page string, texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(quotes.Replace(page)), text) {
			b.t.Errorf("the page does not say %q", text)
		}
	}
}

var (
	inputs    = regexp.MustCompile(`<input ([^>]*)>`)
	selects   = regexp.MustCompile(`(?s)<select ([^>]*)>(.*?)</select>`)
	chosen    = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	anyOption = regexp.MustCompile(`<option value="([^"]*)"`)
	quotes    = strings.NewReplacer("<q>", "", "</q>", "")
	areas     = regexp.MustCompile(`(?s)<textarea ([^>]*)>(.*?)</textarea>`)
	forms     = regexp.MustCompile(`(?s)<form method="post"[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	datalist  = regexp.MustCompile(`<option`)
)

func attribute(text, name string) string {
	match := regexp.MustCompile(`(?:^| )` + name + `="([^"]*)"`).FindStringSubmatch(text)
	if match == nil {
		return ""
	}
	return html.UnescapeString(match[1])
}

// form is what a browser posts of a form of a page that posts to a path.
func (b *browser) form(page, path string) url.Values {
	b.t.Helper()
	for _, form := range forms.FindAllStringSubmatch(page, -1) {
		if !strings.HasSuffix(form[1], path) {
			continue
		}
		values := url.Values{}
		for _, input := range inputs.FindAllStringSubmatch(form[2], -1) {
			kind, name := attribute(input[1], "type"), attribute(input[1], "name")
			if name == "" || kind == "file" || kind == "checkbox" && !strings.Contains(input[1]+" ", " checked ") && !strings.HasSuffix(input[1], " checked") {
				continue
			}
			values.Add(name, strings.NewReplacer("\r", "", "\n", "").Replace(attribute(input[1], "value"))) // an input has one line
		}
		for _, choice := range selects.FindAllStringSubmatch(form[2], -1) {
			value := ""
			if first := anyOption.FindStringSubmatch(choice[2]); first != nil {
				value = html.UnescapeString(first[1])
			}
			if option := chosen.FindStringSubmatch(choice[2]); option != nil {
				value = html.UnescapeString(option[1])
			}
			values.Add(attribute(choice[1], "name"), value)
		}
		for _, area := range areas.FindAllStringSubmatch(form[2], -1) {
			text := strings.TrimPrefix(strings.ReplaceAll(html.UnescapeString(area[2]), "\r\n", "\n"), "\n") // the first line end is none of the text
			values.Add(attribute(area[1], "name"), strings.ReplaceAll(text, "\n", "\r\n"))
		}
		return values
	}
	b.t.Fatalf("the page has no form that posts to %s", path)
	return nil
}

// post posts a form as a browser does.
func (b *browser) post(path string, values url.Values, status int) string {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(values.Encode()))
	testhelp.Must(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(request, path, status)
}

func (b *browser) send(request *http.Request, path string, status int) string {
	b.t.Helper()
	origin, err := url.Parse(b.base)
	testhelp.Must(b.t, err)
	request.Header.Set("Origin", "http://"+origin.Host)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := b.client.Do(request)
	testhelp.Must(b.t, err)
	return b.page(response, path, status)
}

func TestOverview(t *testing.T) {
	b := enter(t, run(t, "../../evidence/gaps", true))
	page := b.open("", 200)
	b.expect(page, "19 of 21 duties need work", "73 of 220 checks pass", "What holds checks back", "section exit_plan is absent", "read only")
	rules, err := rules()
	testhelp.Must(t, err)
	a, err := assess.Run(t.Context(), rules, assess.Options{Paths: []string{"../../evidence/gaps"}, At: at(), PastAt: true})
	testhelp.Must(t, err)
	if n := len(a.Services[0].Activities); n != 31 {
		t.Fatalf("%d activities", n)
	}
	for _, activity := range a.Services[0].Activities {
		b.expect(page, activity.ID+" "+activity.Title)
		duty := b.open("duties/"+activity.ID, 200)
		for _, check := range activity.Checks {
			b.expect(duty, check.ID)
			for _, finding := range check.Findings {
				b.expect(duty, finding.Message)
			}
		}
	}
	for _, section := range a.Services[0].Sections {
		b.open("sections/"+section.Name, 200)
	}
	// Every link of the pages leads somewhere.
	seen := map[string]bool{}
	for _, path := range []string{"", "duties/3.1.1.1", "sections/backups", "requests", "waivers", "sample"} {
		for _, link := range regexp.MustCompile(`(?:href|src)="([^"#]*)(?:#[^"]*)?"`).FindAllStringSubmatch(b.open(path, 200), -1) {
			target := html.UnescapeString(link[1])
			if target == "" || seen[target] || strings.HasPrefix(target, "mailto:") {
				continue
			}
			seen[target] = true
			response, err := b.client.Get(b.base[:strings.LastIndex(strings.TrimSuffix(b.base, "/"), "/")] + target)
			testhelp.Must(t, err)
			testhelp.Must(t, response.Body.Close())
			if response.StatusCode != 200 {
				t.Errorf("%s leads to %s: %s", path, target, response.Status)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d links were followed", len(seen))
	}
}

func TestFieldsShowTheirFindings(t *testing.T) {
	b := enter(t, run(t, "../../evidence/gaps", true))
	rules, err := rules()
	testhelp.Must(t, err)
	a, err := assess.Run(t.Context(), rules, assess.Options{Paths: []string{"../../evidence/gaps"}, At: at(), PastAt: true})
	testhelp.Must(t, err)
	pages := map[string]string{}
	for _, activity := range a.Services[0].Activities {
		for _, check := range activity.Checks {
			for _, finding := range check.Findings {
				section, _, _ := strings.Cut(finding.Pointer[1:], "/")
				if _, opened := pages[section]; !opened {
					pages[section] = b.open("sections/"+section, 200)
				}
				b.expect(pages[section], finding.Message)
			}
		}
	}
	if len(pages) < 20 {
		t.Errorf("only %d sections have findings", len(pages))
	}
}

// What the rules are made of may change as well as the evidence: the pages are by the rules as they are.
func TestRulesThatChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	params, added := filepath.Join(dir, "params.yaml"), filepath.Join(dir, "added")
	const head = "api_version: raci-check/v1\nkind: Parameters\nparameters:\n  network_range_min_prefix: "
	testhelp.Put(t, params, head+"24\n")
	testhelp.Must(t, os.CopyFS(added, os.DirFS("../../examples/acme")))
	b := enter(t, runWith(t, serve.Options{
		Folder: copied(t, "gaps"), RuleFiles: []string{added}, Assess: assess.Options{Params: params},
		Rules: func() (ruleset.Ruleset, error) {
			shipped, err := rules()
			if err != nil {
				return shipped, err
			}
			return shipped.With([]string{added})
		},
	}))
	b.expect(b.open("", http.StatusOK), "73 of 221 checks pass")
	testhelp.Put(t, params, head+"0\n")
	b.expect(b.open("", http.StatusOK), "74 of 221 checks pass")
	if page := b.open("sections/network", http.StatusOK); strings.Contains(page, "network_access.ranges_narrow: FAIL") {
		t.Error("a section is by the parameters before")
	}
	policy := filepath.Join(added, "okms", "backups_acme", "backups_acme.rego")
	content, err := os.ReadFile(policy)
	testhelp.Must(t, err)
	testhelp.Put(t, policy, strings.Replace(string(content), "allowed(copy) if copy.location in data.params.acme_backup_places", "allowed(_)", 1))
	b.expect(b.open("", http.StatusOK), "75 of 221 checks pass")
	testhelp.Put(t, params, head+"many\n")
	b.expect(b.open("", http.StatusUnprocessableEntity), "params.yaml:4:")
	testhelp.Put(t, params, head+"24\n")
	b.expect(b.open("", http.StatusOK), "74 of 221 checks pass")
}

// Without a desk, no page has a way to write, and no path takes one.
func TestReadOnly(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, true))
	page := b.open("sections/backups", 200)
	if strings.Contains(page, `method="post"`) || strings.Contains(page, `type="file"`) {
		t.Error("a page for reading has a form that writes")
	}
	for _, path := range []string{"sections/backups", "undo", "redo", "waivers", "attach/backups"} {
		b.post(path, url.Values{"form_token": {"x"}}, http.StatusNotFound)
	}
	b.expect(b.open("requests", 200), "Evidence that is needed for logistics-prod", "section exit_plan is absent", "mailto:")
	b.expect(b.open("waivers", 200), "Exceptions in the sections")
	b.expect(b.open("options?kinds=person&find=marta", 200), "marta.silva@nordmer.example")
}

func TestReports(t *testing.T) {
	b := enter(t, run(t, "../../evidence/gaps", true))
	rules, err := rules()
	testhelp.Must(t, err)
	a, err := assess.Run(t.Context(), rules, assess.Options{Base: "../../evidence", Paths: []string{"gaps"}, At: at(), PastAt: true, Tool: assessment.Tool{Name: "raci-check", Version: "0.0.0"}})
	testhelp.Must(t, err)
	var expected strings.Builder
	testhelp.Must(t, a.WriteJSON(&expected))
	if b.open("reports/json", 200) != expected.String() {
		t.Error("the JSON report is not the one that assess writes")
	}
	b.expect(b.open("reports/html", 200), a.Digest[:16])
	b.open("reports/text", 404)
}

func TestTheWorksheetOfAnAuditor(t *testing.T) {
	b := enter(t, run(t, "../../evidence/compliant", true))
	page := b.open("sample?number=5&seed=mine", 200)
	values := b.form(page, "sample")
	values.Set("result-2", "differs")
	values.Set("note-2", "=cmd()")
	values.Set("name-2", "A. Auditor")
	values.Set("date-2", "2026-11-20")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.post("sample", values, 200), "\ufeff"))).ReadAll()
	testhelp.Must(t, err)
	if len(rows) != 6 || rows[2][18] != "differs" || rows[2][19] != "'=cmd()" || rows[2][20] != "A. Auditor" || rows[1][18] != "" || rows[1][23] != "mine" {
		t.Errorf("%q", rows)
	}
	values.Set("report", "another")
	b.post("sample", values, http.StatusConflict)
	b.open("sample?number=0", http.StatusBadRequest)
	b.open("sample?number=1000000", http.StatusBadRequest)
}

// What the evidence has never becomes a part of a page, nor does an address.
func TestHostileTexts(t *testing.T) {
	folder := copied(t, "gaps")
	const hostile = `"><script>alert(1)</script>`
	name := filepath.Join(folder, "backups.yaml")
	before, err := os.ReadFile(name)
	testhelp.Must(t, err)
	testhelp.Put(t, name, strings.Replace(string(before), "document: ", "document: '"+hostile+"' # ", 1))
	b := enter(t, run(t, folder, true))
	for _, path := range []string{"sections/backups", "", "requests", "waivers", "sections/backups?at=" + url.QueryEscape(hostile), "sample?seed=" + url.QueryEscape(hostile)} {
		if page := b.open(path, 200); strings.Contains(page, "<script>alert") {
			t.Errorf("%s has the text as it is", path)
		}
	}
	b.expect(b.open("sections/backups", 200), hostile)
}

// worded are fields that hold any text.
var worded = regexp.MustCompile(`(?m)^( *(?:- )?(?:document|reason|collected_by|prepared_by|approved_by|requested_by|owner)): [^\[{|>\n].*$`)

// Whatever texts the evidence, an address and a form have, a page has the tags, attributes and links that it has with innocent ones.
func TestHostileTextsLeaveThePartsOfPagesAsTheyAre(t *testing.T) {
	const hostile = `<b>" onfocus="x' autofocus='y --></style></textarea></title><!-- &lt;i&gt; javascript:x`
	pages := func(text string) map[string]string {
		folder := copied(t, "gaps")
		names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		testhelp.Must(t, err)
		replaced := 0
		for _, name := range names {
			before, err := os.ReadFile(name)
			testhelp.Must(t, err)
			replaced += len(worded.FindAll(before, -1))
			testhelp.Put(t, name, worded.ReplaceAllString(string(before), "$1: '"+strings.ReplaceAll(text, "'", "''")+"'"))
		}
		if replaced < 20 {
			t.Fatalf("only %d texts were replaced", replaced)
		}
		query := url.QueryEscape(text)
		all := map[string]string{}
		b := enter(t, run(t, folder, false))
		for _, path := range []string{
			"", "requests", "waivers", "waivers?check=" + query + "&pointer=" + query, "sections/backups", "sections/people", "sections/not_applicable",
			"sections/keys?list=/keys/keys&find=" + query, "sections/backups?at=" + query, "duties/3.1.1.4",
		} {
			all[strings.ReplaceAll(path, query, "TEXT")] = b.open(path, http.StatusOK)
		}
		values := b.form(all["sections/backups"], "sections/backups")
		values.Set("v:/backups/source/collected_by", text+"\n"+text)
		values.Set("action", "check")
		all["typed"] = b.post("sections/backups", values, http.StatusOK)
		readOnly := enter(t, run(t, folder, true))
		all["sample"] = readOnly.open("sample?number=3&seed="+query, http.StatusOK)
		return all
	}
	innocent := pages("an innocent text")
	for path, page := range pages(hostile) {
		if strings.Contains(page, hostile) || !strings.Contains(html.UnescapeString(page), hostile) && path != "sections/backups?at=TEXT" && !strings.Contains(path, "find=") {
			t.Errorf("%q does not show the text escaped", path)
		}
		if diff := cmp.Diff(tagsOf(innocent[path]), tagsOf(page)); diff != "" {
			t.Errorf("%q has other parts:\n%s", path, diff)
		}
	}
}

// tagsOf are the tags of a page with the names of their attributes.
func tagsOf(page string) (all []string) {
	tokens := htmlparse.NewTokenizer(strings.NewReader(page))
	for kind := tokens.Next(); kind != htmlparse.ErrorToken; kind = tokens.Next() {
		if kind != htmlparse.StartTagToken && kind != htmlparse.EndTagToken && kind != htmlparse.CommentToken {
			continue
		}
		token := tokens.Token()
		part := kind.String()
		if kind != htmlparse.CommentToken {
			part += " " + token.Data
		}
		for _, a := range token.Attr {
			part += " " + a.Key
		}
		all = append(all, part)
	}
	return all
}

func TestPathsThatLeadElsewhere(t *testing.T) {
	b := enter(t, run(t, "../../evidence/gaps", true))
	for _, path := range []string{
		"static/..%2f..%2fserve.go", "static/%2e%2e%2fform%2fnode.go", "static/nothing", "sections/..%2fbackups", "sections/kind", "sections/api_version",
		"duties/..%2f..", "reports/..%2fjson", "nowhere", "sections/", "static/",
	} {
		response, err := b.client.Get(b.base + path)
		testhelp.Must(t, err)
		testhelp.Must(t, response.Body.Close())
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %s", path, response.Status)
		}
	}
	response, err := http.Get(b.base)
	testhelp.Must(t, err)
	testhelp.Must(t, response.Body.Close())
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("without the cookie: %s", response.Status)
	}
}

func TestEvidenceThatCannotBeRead(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, true))
	name := filepath.Join(folder, "backups.yaml")
	before, err := os.ReadFile(name)
	testhelp.Must(t, err)
	testhelp.Put(t, name, "backups: [\n")
	broken := b.open("", http.StatusUnprocessableEntity)
	b.expect(broken, "backups.yaml:", "Fix them at these places in an editor")
	if strings.Contains(broken, "Its verdicts are for") {
		t.Error("verdicts of no evidence are for a time")
	}
	testhelp.Put(t, name, strings.Replace(string(before), "rpo_hours: ", "rpo_hours: 9 # ", 1))
	b.expect(b.open("", 200), "Changed on disk since the last page: ", "The last change: ")
	if page := b.open("", 200); strings.Contains(page, "Changed on disk") {
		t.Error("the notice stays")
	}
}

// A file that is as long as it was, and has the time that it had, is read again all the same: the evidence, and what shows it.
func TestAChangeThatKeepsTheTime(t *testing.T) {
	folder := copied(t, "compliant")
	b := enter(t, run(t, folder, true))
	b.expect(b.open("", 200), "all 21 duties pass")
	for name, change := range map[string][2]string{"backups.yaml": {"rpo_hours: 24", "rpo_hours: 99"}, "exports/backup-report.json": {"\"", "'"}} {
		file := filepath.Join(folder, name)
		info, err := os.Stat(file)
		testhelp.Must(t, err)
		before, err := os.ReadFile(file)
		testhelp.Must(t, err)
		for _, text := range []string{strings.Replace(string(before), change[0], change[1], 1), string(before)} {
			testhelp.Must(t, os.WriteFile(file, []byte(text), info.Mode()))
			testhelp.Must(t, os.Chtimes(file, info.ModTime(), info.ModTime()))
			if says := strings.Contains(b.open("", 200), "all 21 duties pass"); says != (text == string(before)) {
				t.Errorf("%s: all duties pass is %v", name, says)
			}
		}
	}
}

// keys is evidence of so many keys.
func keys(t *testing.T, n int) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}}\nkeys:\n  # all of them\n  service_keys:\n")
	for i := range n {
		fmt.Fprintf(&out, "    - {id: 7d0c0f2e-9a41-4a5e-8f0a-%012d, name: name-%05d, type: oct, size: 256, state: active}\n", i, i)
	}
	folder := t.TempDir()
	testhelp.Put(t, filepath.Join(folder, "keys.yaml"), out.String())
	return folder
}

func TestTenThousandItems(t *testing.T) {
	testhelp.Long(t, "assesses 10,000 keys")
	folder := keys(t, 10_000)
	before := tree(t, folder)["keys.yaml"]
	b := enter(t, run(t, folder, false))
	const largest = 1 << 20
	for path, text := range map[string]string{
		"sections/keys": "Items 1 to 20 of 10000",
		"sections/keys?at=/keys/service_keys/9999/owner":        "Items 9981 to 10000 of 10000",
		"sections/keys?list=/keys/service_keys&find=NAME-07777": "1 of 10000 item has this text",
		"sections/key_selection":                                "does not have this section yet",
		"":                                                      "duties need work",
		"requests":                                              "Text to send",
	} {
		page := b.open(path, 200)
		b.expect(page, text)
		if len(page) > largest {
			t.Errorf("%s has %d bytes", path, len(page))
		}
	}
	if n := len(datalist.FindAllString(b.open("options?kinds=key&find=", 200), -1)); n != 200 {
		t.Errorf("%d suggestions", n)
	}
	values := b.form(b.open("sections/keys?list=/keys/service_keys&find=name-07777", 200), "sections/keys")
	values.Set("v:/keys/service_keys/7777/owner", "a@example.com")
	values.Set("action", "save")
	b.expect(b.post("sections/keys", values, 200), "Saved: keys.yaml.", "a@example.com")
	if different := lines(before, tree(t, folder)["keys.yaml"]); len(different) != 2 || !strings.Contains(different[0]+different[1], "owner: a@example.com") {
		t.Errorf("%d lines: %.500q", len(different), different)
	}
}

// The pages answer requests, and send none.
func TestNothingIsAskedOf(t *testing.T) {
	files, err := filepath.Glob("*.go")
	testhelp.Must(t, err)
	below, err := filepath.Glob("*/*.go")
	testhelp.Must(t, err)
	count := 0
	for _, name := range append(files, below...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		count++
		content, err := os.ReadFile(name)
		testhelp.Must(t, err)
		for _, client := range []string{"http.Get(", "http.Post(", "http.Client", "http.DefaultClient", "http.NewRequest", "net.Dial", "net.Dialer"} {
			if strings.Contains(string(content), client) {
				t.Errorf("%s has %s", name, client)
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d files were read", count)
	}
}
