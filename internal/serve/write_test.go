package serve_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/attach"
	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/source/terraform"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/serve"
	"github.com/raci-check/raci-check/internal/starter"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// lines are the lines that two texts do not share, with - and + before them.
func lines(before, after string) []string {
	count := map[string]int{}
	for line := range strings.Lines(before) {
		count[strings.TrimSpace(line)]--
	}
	for line := range strings.Lines(after) {
		count[strings.TrimSpace(line)]++
	}
	var all []string
	for line, n := range count {
		switch {
		case n < 0:
			all = append(all, "-"+line)
		case n > 0:
			all = append(all, "+"+line)
		}
	}
	slices.Sort(all)
	return all
}

// tree is what the files of a folder have.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	testhelp.Must(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, folder+"/")] = string(content)
		return err
	}))
	return files
}

// changed are the names of files that are not the same.
func changed(before, after map[string]string) []string {
	var names []string
	for name := range after {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, is := after[name]; !is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

const rto = "v:/backups/policy/rto_hours"

func TestSaving(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, 200), "Nothing was changed.")
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Fatalf("a form that nobody touched changes %v", names)
	}
	values.Set(rto, "4")
	b.expect(b.post("sections/backups", values, 200), "Saved: backups.yaml.")
	after := tree(t, folder)
	if names := changed(before, after); !slices.Equal(names, []string{"backups.yaml"}) {
		t.Errorf("changed are %v", names)
	}
	if different := lines(before["backups.yaml"], after["backups.yaml"]); !slices.Equal(different, []string{"+rto_hours: 4"}) {
		t.Errorf("%q", different)
	}
	b.expect(b.open("", 200), "What the last change did", "The last change: ", "fixed")
	page := b.open("sections/backups", 200)
	b.expect(b.post("undo", b.form(page, "undo"), 200), "Taken back: backups.yaml.")
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("taken back, these differ: %v", names)
	}
	b.expect(b.post("redo", b.form(b.open("sections/backups", 200), "redo"), 200), "Made again: backups.yaml.")
	if names := changed(after, tree(t, folder)); len(names) > 0 {
		t.Errorf("made again, these differ: %v", names)
	}
}

// A browser takes the line ends out of a field of one line: a text of several lines has to have a field that keeps them.
func TestTextsOfSeveralLines(t *testing.T) {
	folder := copied(t, "gaps")
	file := filepath.Join(folder, "subscription.yaml")
	text, err := os.ReadFile(file)
	testhelp.Must(t, err)
	const lines = `legal_form: "Holding\nof several\n  companies\n"`
	testhelp.Must(t, os.WriteFile(file, bytes.Replace(text, []byte("legal_form: SAS"), []byte(lines), 1), 0o600))
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/subscription", 200), "sections/subscription")
	values.Set("action", "save")
	b.expect(b.post("sections/subscription", values, 200), "Nothing was changed.")
	const name = "v:/subscription/entity/name"
	values.Set(name, values.Get(name)+" Est")
	b.expect(b.post("sections/subscription", values, 200), "Saved: subscription.yaml.")
	after := tree(t, folder)
	if expected := strings.Replace(before["subscription.yaml"], "name: Nordmer Logistique SAS,", "name: Nordmer Logistique SAS Est,", 1); after["subscription.yaml"] != expected {
		t.Errorf("saved is %q", after["subscription.yaml"])
	}
	values = b.form(b.open("sections/subscription", 200), "sections/subscription")
	values.Set("action", "check")
	values.Set("v:/subscription/entity/legal_form", "\r\nfirst\r\nsecond")
	if tried := b.form(b.post("sections/subscription", values, 200), "sections/subscription"); tried.Get("v:/subscription/entity/legal_form") != "\r\nfirst\r\nsecond" {
		t.Errorf("what was typed comes back as %q", tried.Get("v:/subscription/entity/legal_form"))
	}
}

// The verdicts of what is typed are there before it is saved, and the page has what was typed.
func TestVerdictsOfWhatIsTyped(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	page := b.open("sections/backups", 200)
	const message = "rto_hours"
	b.expect(page, message)
	values := b.form(page, "sections/backups")
	values.Set(rto, "4")
	values.Set("action", "check")
	tried := b.post("sections/backups", values, 200)
	b.expect(tried, "Not saved yet: with these changes ", `value="4"`)
	values.Set("action", "live")
	live := b.post("sections/backups", values, 200)
	b.expect(live, "Not saved yet: with these changes ")
	if strings.Contains(live, "<input") || len(live) > len(page) {
		t.Errorf("the part of the page is as large as the page: %d bytes", len(live))
	}
	values.Set(rto, "four")
	b.expect(b.post("sections/backups", values, 200), "Some fields cannot be read yet", "A number is expected")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, http.StatusUnprocessableEntity), "1 field is not right yet: nothing was saved", `value="four"`, `aria-invalid="true"`)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("something was saved: %v", names)
	}
}

// What the schema refuses of several fields together is said beside them, and nothing is written.
func TestWhatTheSchemaRefuses(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	if values.Get("v:/backups/jobs/1/key_ids/1") != "" || !values.Has("v:/backups/jobs/1/key_ids/1") {
		t.Fatal("there is no field for another key")
	}
	values.Set("v:/backups/jobs/1/key_ids/1", values.Get("v:/backups/jobs/1/key_ids/0"))
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, http.StatusUnprocessableEntity), "1 field is not right yet", "same as")
	values.Del("v:/backups/jobs/1/key_ids/1")
	values.Set("v:/backups/policy/owner", "TODO")
	page := b.post("sections/backups", values, http.StatusUnprocessableEntity)
	b.expect(page, "1 field is not right yet: nothing was saved", "TODO")
	if strings.Contains(page, "This has to be fixed first") || strings.Count(page, "is a placeholder") > 2 { // in the list above, and at the field
		t.Errorf("the page says it %d times", strings.Count(page, "is a placeholder"))
	}
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("something was saved: %v", names)
	}
}

func TestTwoPages(t *testing.T) {
	folder := copied(t, "gaps")
	address := run(t, folder, false)
	left, right := enter(t, address), enter(t, address)
	first := left.form(left.open("sections/backups", 200), "sections/backups")
	second := right.form(right.open("sections/backups", 200), "sections/backups")
	first.Set("action", "save")
	second.Set("action", "save")
	first.Set(rto, "4")
	second.Set("v:/backups/policy/document", "POL-BCK-04 v4")
	left.post("sections/backups", first, 200)
	right.expect(right.post("sections/backups", second, 200), "Saved: backups.yaml.") // another field: both are there
	text := tree(t, folder)["backups.yaml"]
	for _, expected := range []string{"rto_hours: 4", "POL-BCK-04 v4"} {
		if !strings.Contains(text, expected) {
			t.Errorf("%s is lost:\n%.600s", expected, text)
		}
	}
	second.Set(rto, "9") // the same field: the page showed none
	page := right.post("sections/backups", second, http.StatusConflict)
	right.expect(page, "Something else changed this meanwhile: nothing was saved", "the page showed not stated, on disk is 4, you typed 9")
	if tree(t, folder)["backups.yaml"] != text {
		t.Error("something was saved")
	}
	again := right.form(page, "sections/backups")
	again.Set("action", "save")
	right.expect(right.post("sections/backups", again, 200), "Saved: backups.yaml.")
	if !strings.Contains(tree(t, folder)["backups.yaml"], "rto_hours: 9") {
		t.Error("what was saved knowingly is not there")
	}
}

// Items without a name of their own are changed in two pages: other fields of one are both there, and one that has moved is refused with
// what the page showed.
func TestTwoPagesOfItemsWithoutNames(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	load := func() url.Values {
		values := b.form(b.open("sections/subscription", 200), "sections/subscription")
		values.Set("action", "save")
		return values
	}
	first, second, third := load(), load(), load()
	first.Set("v:/subscription/contacts/0/email", "cloud@nordmer.example")
	second.Set("v:/subscription/contacts/0/verified_on", "2026-11-11")
	b.post("sections/subscription", first, 200)
	b.expect(b.post("sections/subscription", second, 200), "Saved: subscription.yaml.")
	before := tree(t, folder)["subscription.yaml"]
	if merged := "{role: administrative, email: cloud@nordmer.example, verified_on: 2026-11-11}"; !strings.Contains(before, merged) {
		t.Errorf("%s is not there:\n%s", merged, before)
	}
	third.Set("v:/subscription/contacts/0/email", "others@nordmer.example")
	b.expect(b.post("sections/subscription", third, http.StatusConflict), "on disk is")
	fourth, fifth := load(), load()
	fourth.Set("remove[]", "/subscription/contacts/0")
	b.post("sections/subscription", fourth, 200)
	before = tree(t, folder)["subscription.yaml"]
	fifth.Set("v:/subscription/contacts/1/verified_on", "2026-11-12")
	b.expect(b.post("sections/subscription", fifth, http.StatusConflict),
		`the page showed {"email":"platform@nordmer.example","role":"technical","verified_on":"2026-04-20"}, on disk is {"email":"accounts@nordmer.example"`)
	if tree(t, folder)["subscription.yaml"] != before {
		t.Error("an item that has moved is changed")
	}
}

// A browser that goes back, or loads a page again, leaves its forms as they are served: a box that was ticked on the page before can be
// another one's here, and what it removes another fact.
func TestFormsAreAsTheyAreServed(t *testing.T) {
	folder := copied(t, "gaps")
	b, reader := enter(t, run(t, folder, false)), enter(t, run(t, folder, true))
	count := 0
	for _, page := range []string{b.open("sections/backups", 200), b.open("waivers", 200), reader.open("sample?number=2", 200)} {
		for _, form := range regexp.MustCompile(`(?s)<form ([^>]*)>(.*?)</form>`).FindAllStringSubmatch(page, -1) {
			if !strings.Contains(form[2], "<select") {
				continue
			}
			count++
			if attribute(form[1], "autocomplete") != "off" {
				t.Errorf("a browser fills in the form %s", form[1])
			}
		}
	}
	if count != 4 { // facts, a file to attach, a waiver, a worksheet
		t.Errorf("%d forms were looked at", count)
	}
}

// A new item of a list has the keyboard, wherever on the page it is.
func TestANewItemIsGoneOnWith(t *testing.T) {
	b := enter(t, run(t, copied(t, "gaps"), false))
	for list, field := range map[string]string{"/subscription/contacts": "/subscription/contacts/3/role", "/subscription/company_domains": "/subscription/company_domains/2"} {
		values := b.form(b.open("sections/subscription", 200), "sections/subscription")
		values.Set("add", list)
		page := b.post("sections/subscription", values, 200)
		if focus := regexp.MustCompile(`<[^>]* autofocus`).FindString(page); attribute(focus, "name") != "v:"+field {
			t.Errorf("%s: the page goes on with %q", list, focus)
		}
	}
}

// Many pages that save at once lose nothing.
func TestManyPagesAtOnce(t *testing.T) {
	folder := copied(t, "gaps")
	address := run(t, folder, false)
	fields := map[string]string{rto: "4", "v:/backups/policy/document": "POL 9", "v:/backups/policy/reviewed_on": "2026-11-01", "v:/backups/exception_count": "3"}
	var group sync.WaitGroup
	for name, value := range fields {
		b := enter(t, address)
		values := b.form(b.open("sections/backups", 200), "sections/backups")
		values.Set("action", "save")
		values.Set(name, value)
		group.Go(func() { b.post("sections/backups", values, 200) })
	}
	group.Wait()
	text := tree(t, folder)["backups.yaml"]
	for _, value := range []string{"rto_hours: 4", "POL 9", "reviewed_on: 2026-11-01", "exception_count: 3"} {
		if !strings.Contains(text, value) {
			t.Errorf("%s is lost:\n%.900s", value, text)
		}
	}
}

func TestAnEditorSavesMeanwhile(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	name := filepath.Join(folder, "backups.yaml")
	before, err := os.ReadFile(name)
	testhelp.Must(t, err)
	testhelp.Put(t, name, strings.Replace(string(before), "document: ", "document: Policy of an editor # ", 1))
	values.Set("v:/backups/policy/document", "Policy of a form")
	values.Set("action", "live")
	b.expect(b.post("sections/backups", values, 200), "Something else changed these fields on disk", "Policy of an editor")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, http.StatusConflict), "on disk is Policy of an editor, you typed Policy of a form")
}

// What changed on disk is said on the next page, also where verdicts were asked for in between, which show no notice.
func TestANoticeIsKeptForAPage(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	file := filepath.Join(folder, "sites.yaml")
	text, err := os.ReadFile(file)
	testhelp.Must(t, err)
	testhelp.Must(t, os.WriteFile(file, append(text, "# seen\n"...), 0o600))
	values.Set("action", "live")
	b.post("sections/backups", values, 200)
	b.expect(b.open("sections/backups", 200), "Changed on disk since the last page: gaps/sites.yaml.")
	if strings.Contains(b.open("sections/backups", 200), "Changed on disk") {
		t.Error("the notice is shown twice")
	}
}

// Where the evidence cannot be read while somebody fills in a form, what was typed stays, and is saved once it can be read again.
func TestWhatIsTypedStays(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set(rto, "4")
	for name, harm := range map[string]func() (undo func()){
		"sites.yaml:": func() func() {
			name := filepath.Join(folder, "sites.yaml")
			text, err := os.ReadFile(name)
			testhelp.Must(t, err)
			testhelp.Put(t, name, "sites: [\n")
			return func() { testhelp.Put(t, name, string(text)) }
		},
		"there is no such file or folder": func() func() {
			testhelp.Must(t, os.Rename(folder, folder+".away"))
			return func() { testhelp.Must(t, os.Rename(folder+".away", folder)) }
		},
	} {
		undo := harm()
		values.Set("action", "live")
		b.expect(b.post("sections/backups", values, 200), "The evidence on disk cannot be read", name)
		values.Set("action", "save")
		page := b.post("sections/backups", values, http.StatusUnprocessableEntity)
		b.expect(page, "The evidence on disk cannot be read", name)
		if values = b.form(page, "sections/backups"); values.Get(rto) != "4" {
			t.Errorf("%s the form has %q", name, values.Get(rto))
		}
		undo()
	}
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, 200), "Saved: backups.yaml.", `value="4"`)
}

// Undo does not take back what somebody else wrote at the same place since.
func TestUndoAfterAChangeByHand(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set(rto, "4")
	values.Set("action", "save")
	page := b.post("sections/backups", values, 200)
	name := filepath.Join(folder, "backups.yaml")
	saved, err := os.ReadFile(name)
	testhelp.Must(t, err)
	byHand := strings.Replace(string(saved), "rto_hours: 4", "rto_hours: 6", 1)
	testhelp.Put(t, name, byHand)
	b.expect(b.post("undo", b.form(page, "undo"), http.StatusConflict), "The same place was changed on disk since")
	if now := tree(t, folder)["backups.yaml"]; now != byHand {
		t.Errorf("it is %q", now)
	}
}

func TestItems(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)["backups.yaml"]
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set("add", "/backups/jobs")
	page := b.post("sections/backups", values, 200)
	values = b.form(page, "sections/backups")
	names := []string{}
	for name := range values {
		if strings.HasSuffix(name, "/name") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	last := names[len(names)-1]
	if values.Get(last) != "" {
		t.Fatalf("there is no new item: %v", names)
	}
	values.Set(last, "monthly")
	values.Set("action", "save")
	b.post("sections/backups", values, 200)
	after := tree(t, folder)["backups.yaml"]
	if different := lines(before, after); len(different) != 1 || !strings.Contains(different[0], "monthly") {
		t.Errorf("%q", different)
	}
	values = b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set("remove[]", strings.TrimSuffix(strings.TrimPrefix(last, "v:"), "/name"))
	values.Set("action", "save")
	b.post("sections/backups", values, 200)
	if different := lines(before, tree(t, folder)["backups.yaml"]); len(different) > 0 {
		t.Errorf("%q", different)
	}
}

func TestAnAbsentSectionIsWritten(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	page := b.open("sections/exit_plan", 200)
	b.expect(page, "A file can be attached once something is saved here.", "Save the source of the section first.")
	if strings.Contains(page, "data-attach") || strings.Contains(page, "data-drop") {
		t.Error("the page takes a file that nothing can name")
	}
	values := b.form(page, "sections/exit_plan")
	values.Set("v:/exit_plan/source/method", "statement")
	values.Set("v:/exit_plan/source/collected_at", "2026-11-19T08:00:00Z")
	values.Set("v:/exit_plan/source/collected_by", "marta.silva@nordmer.example")
	values.Set("action", "check")
	b.expect(b.post("sections/exit_plan", values, 200), "Not saved yet")
	values.Set("action", "save")
	b.expect(b.post("sections/exit_plan", values, 200), "Saved: exit_plan.yaml.", `data-attach="/exit_plan/source"`)
	if names := changed(before, tree(t, folder)); !slices.Equal(names, []string{"exit_plan.yaml"}) {
		t.Errorf("%v", names)
	}
}

func TestDeclarations(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	page := b.open("sections/not_applicable", 200)
	values := b.form(page, "sections/not_applicable")
	values.Set("action", "save")
	b.expect(b.post("sections/not_applicable", values, 200), "Nothing was changed.")
	values.Set("v:/not_applicable/0/reason", "No KMIP client has ever been connected to this domain.")
	b.expect(b.post("sections/not_applicable", values, 200), "Saved: not-applicable.yaml.")
}

func TestWaivers(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	page := b.open("waivers?check=backups.policy_owned", 200)
	values := b.form(page, "waivers")
	b.expect(b.post("waivers", values, http.StatusUnprocessableEntity), "Reason: at least 10 characters", "Approved on: a date is expected")
	for name, value := range map[string]string{
		"check": "backups.policy_owned", "reason": "The owner changes in December", "requested_by": "marta.silva@nordmer.example", "approved_by": "mathieu.roche@nordmer.example",
		"approved_on": "2026-11-18", "expires_on": "2026-12-31",
	} {
		values.Set(name, value)
	}
	saved := b.post("waivers", values, 200)
	b.expect(saved, "Saved: a waiver of backups.policy_owned.", "The owner changes in December")
	once := tree(t, folder)
	b.expect(b.post("waivers", values, 200), "Nothing was changed.")
	if again := changed(once, tree(t, folder)); len(again) > 0 {
		t.Errorf("the same waiver, saved again, changes %v", again)
	}
	values.Set("seen", b.form(saved, "waivers").Get("seen"))
	values.Set("expires_on", "2027-01-31")
	b.expect(b.post("waivers", values, 200), "Saved: a waiver of backups.policy_owned.", "Ends on 2027-01-31")
	if different := lines(once["waivers.yaml"], tree(t, folder)["waivers.yaml"]); !slices.Equal(different, []string{"+expires_on: 2027-01-31", "-expires_on: 2026-12-31"}) {
		t.Errorf("%q", different)
	}
	page = b.open("waivers", 200)
	b.expect(page, `waivers?check=backups.policy_owned#waive">Change`)
	values = b.form(b.open("waivers?check=backups.policy_owned", 200), "waivers")
	if values.Get("check") != "backups.policy_owned" || values.Get("reason") != "The owner changes in December" || values.Get("expires_on") != "2027-01-31" {
		t.Errorf("the form of a waiver that is there has %v", values)
	}
	values.Set("check", "backups.no_such_check")
	b.post("waivers", values, http.StatusUnprocessableEntity)
}

// A waiver that was changed since its page was made is not changed back unseen, by a form that was opened for it or an empty one.
func TestTwoPagesOfAWaiver(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	const path = "waivers?check=capacity.use_below_limits"
	first, second, empty, other := b.form(b.open(path, 200), "waivers"), b.form(b.open(path, 200), "waivers"), b.form(b.open("waivers", 200), "waivers"), b.form(b.open("waivers", 200), "waivers")
	first.Set("reason", "burst of the summer campaign, which ends in December")
	second.Set("expires_on", "2026-12-15")
	b.post("waivers", first, 200)
	before := tree(t, folder)
	page := b.post("waivers", second, http.StatusConflict)
	b.expect(page, "the waiver of this check was changed meanwhile, and nothing was saved", "which ends in December")
	for _, name := range []string{"check", "requested_by", "approved_by", "approved_on", "expires_on"} {
		empty.Set(name, second.Get(name))
	}
	empty.Set("reason", "Another reason altogether")
	b.post("waivers", empty, http.StatusConflict)
	if again := changed(before, tree(t, folder)); len(again) > 0 {
		t.Errorf("%v was changed", again)
	}
	for name, value := range map[string]string{
		"check": "backups.policy_owned", "reason": "The owner changes in December", "requested_by": "marta.silva@nordmer.example", "approved_by": "mathieu.roche@nordmer.example",
		"approved_on": "2026-11-18", "expires_on": "2026-12-31",
	} {
		other.Set(name, value)
	}
	b.expect(b.post("waivers", other, 200), "Saved: a waiver of backups.policy_owned.") // which nobody has changed
	b.expect(b.post("waivers", b.form(page, "waivers"), 200), "Saved: a waiver of capacity.use_below_limits.")
	if text := tree(t, folder)["waivers.yaml"]; !strings.Contains(text, "expires_on: 2026-12-15") || strings.Contains(text, "which ends in December") {
		t.Errorf("what was saved knowingly is not there:\n%s", text)
	}
}

// upload posts a file as a browser does.
func (b *browser) upload(path string, values url.Values, name string, content []byte, status int) string {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range []string{"form_token", "at"} {
		testhelp.Must(b.t, form.WriteField(field, values.Get(field)))
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="file"; filename="`+name+`"`)
	part, err := form.CreatePart(header)
	testhelp.Must(b.t, err)
	_, err = part.Write(content)
	testhelp.Must(b.t, err)
	testhelp.Must(b.t, form.Close())
	request, err := http.NewRequest(http.MethodPost, b.base+path, &body)
	testhelp.Must(b.t, err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return b.send(request, path, status)
}

func TestFilesAreAttached(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	page := b.open("sections/key_selection", 200)
	b.expect(page, ">Source (has a file)<") // a place in words
	values := b.form(page, "attach/key_selection")
	values.Set("at", "/key_selection/source")
	content := []byte("The key standard, version 4, of 2026-11-12.\n")
	b.expect(b.upload("attach/key_selection", values, "key-standard-v4.txt", content, 200), "Attached: exports/key-standard-v4.txt.")
	if names := changed(before, tree(t, folder)); !slices.Equal(names, []string{"exports/key-standard-v4.txt", "key_selection.yaml"}) {
		t.Errorf("changed are %v", names)
	}
	b.post("undo", b.form(b.open("", 200), "undo"), 200)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("taken back, these differ: %v", names)
	}
	for name, status := range map[string]int{
		"../../evil.txt": 400, `..\evil.txt`: 400, "/etc/evil.txt": 400, "a/b.txt": 400, "..": 400, ".": 400, "backups.yaml": 422, ".hidden": 422, "-rf": 422, "": 200,
	} {
		b.upload("attach/key_selection", values, strings.ReplaceAll(name, `\`, `\\`), content, status)
	}
	for _, at := range []string{"", "/backups/source", "/key_selection/nowhere", "nonsense", "/key_selection/../backups", "/key_selection/~"} {
		status := http.StatusBadRequest
		if strings.HasPrefix(at, "/key_selection") && !strings.Contains(at, "~") {
			status = http.StatusUnprocessableEntity
		}
		values.Set("at", at)
		b.upload("attach/key_selection", values, "fine.txt", content, status)
	}
	values.Set("at", "/key_selection/source")
	b.upload("attach/nonsense", values, "fine.txt", content, http.StatusForbidden) // the token is for another path
	b.upload("attach/key_selection", values, "empty.txt", nil, http.StatusUnprocessableEntity)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("what was refused has changed %v", names)
	}
	entries, err := os.ReadDir(filepath.Dir(folder))
	testhelp.Must(t, err)
	if len(entries) != 1 {
		t.Errorf("beside the folder: %v", entries)
	}
}

func TestLargeBodies(t *testing.T) {
	testhelp.Long(t, "sends as much as a file may have")
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set(rto, strings.Repeat("9", 5<<20))
	b.post("sections/backups", values, http.StatusRequestEntityTooLarge)
	values = b.form(b.open("sections/key_selection", 200), "attach/key_selection")
	b.upload("attach/key_selection", values, "large.txt", bytes.Repeat([]byte("x"), attach.MaxFile+2<<20), http.StatusRequestEntityTooLarge)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("changed are %v", names)
	}
}

// Forms that no page of this run has made change nothing.
// The pages are there while a file is still on its way.
func TestSlowUploads(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/key_selection", 200), "attach/key_selection")
	body, rest := io.Pipe()
	form := multipart.NewWriter(rest)
	request, err := http.NewRequest(http.MethodPost, b.base+"attach/key_selection", body)
	testhelp.Must(t, err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	answer := make(chan string)
	go func() { answer <- b.send(request, "attach/key_selection", 200) }()
	testhelp.Must(t, form.WriteField("form_token", values.Get("form_token")))
	testhelp.Must(t, form.WriteField("at", "/key_selection/source"))
	part, err := form.CreateFormFile("file", "standard.txt")
	testhelp.Must(t, err)
	_, err = part.Write([]byte("AES-256 "))
	testhelp.Must(t, err)
	other := *b.client
	other.Timeout = 20 * time.Second
	impatient := *b
	impatient.client = &other
	page := impatient.open("sections/backups", 200)
	saved := impatient.form(page, "sections/backups")
	saved.Set(rto, "4")
	saved.Set("action", "save")
	b.expect(impatient.post("sections/backups", saved, 200), "Saved: backups.yaml.")
	_, err = part.Write([]byte("for all new keys.\n"))
	testhelp.Must(t, err)
	testhelp.Must(t, form.Close())
	testhelp.Must(t, rest.Close())
	b.expect(<-answer, "Attached: exports/standard.txt.")
}

// A key may really be named TODO, as the answers prove that are kept of a key with its id: it can be shown and changed, as long as they
// prove it.
func TestANameThatAnswersProve(t *testing.T) {
	const service, other = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "c1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214"
	state := filepath.Join(t.TempDir(), "state.json")
	testhelp.Put(t, state, `{"format_version": "1.0", "values": {"root_module": {"resources": [
		{"address": "ovh_okms.d", "mode": "managed", "type": "ovh_okms", "values": {"id": "`+service+`"}},
		{"address": "ovh_okms_service_key.k", "mode": "managed", "type": "ovh_okms_service_key", "values": {"okms_id": "`+service+`",
			"id": "a1f9d7e0-6b0d-4f37-9d52-80a7a3f6e214", "name": "TODO", "type": "oct", "size": 256, "state": "ACTIVE"}}]}}}`)
	folder := filepath.Join(t.TempDir(), "evidence")
	config := collect.Config{
		Service: collect.Service{ID: service},
		Sources: []collect.Configured{{Kind: terraform.Kind, Values: collect.Values{"state": {state}}}},
	}
	testhelp.Must(t, collecttest.Plan(t, config, at(), folder).Write())
	b := enter(t, run(t, folder, false))
	const item = "v:/keys/service_keys/0/"
	values := b.form(b.open("sections/keys", 200), "sections/keys")
	values.Set("action", "save")
	values.Set(item+"owner", "tom.reyes@nimbora.example")
	b.expect(b.post("sections/keys", values, 200), "Saved: keys.yaml.")
	before := tree(t, folder)
	for field, value := range map[string]string{"owner": "TODO", "id": other} {
		values = b.form(b.open("sections/keys", 200), "sections/keys")
		values.Set("action", "save")
		values.Set(item+field, value)
		b.expect(b.post("sections/keys", values, http.StatusUnprocessableEntity), "nothing was saved", "is a placeholder, no value")
	}
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("changed are %v", names)
	}
}

// Of a section in several files, what is refused is said with its line: the same index is that of another item in each.
func TestWhatIsRefusedOfAPart(t *testing.T) {
	folder := copied(t, "gaps")
	name := filepath.Join(folder, "people.yaml")
	content, err := os.ReadFile(name)
	testhelp.Must(t, err)
	top, rest, isSplit := strings.Cut(string(content), "people:\n  source:\n")
	const fifth = "    - id: mathieu.roche@nordmer.example\n"
	first, second, isThere := strings.Cut(rest, fifth)
	second, programs, havePrograms := strings.Cut(second, "  programs:\n")
	if !isSplit || !isThere || !havePrograms {
		t.Fatal("the example has another form")
	}
	testhelp.Put(t, name, top+"people:\n  source:\n    parts: 2\n"+first+"  programs:\n"+programs)
	testhelp.Put(t, filepath.Join(folder, "people-2.yaml"), top+"people:\n  source: {part: 2}\n  people:\n"+fifth+second)
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/people", 200), "sections/people")
	values.Set("v:/people/people/4/name", "TODO")
	values.Set("action", "save")
	page := b.post("sections/people", values, http.StatusUnprocessableEntity)
	b.expect(page, "gaps/people-2.yaml:", "is a placeholder")
	if strings.Contains(page, "is not right yet") {
		t.Error("it is said of another item")
	}
	values.Set("v:/people/people/4/name", "Mathieu Roche-Blanc")
	b.expect(b.post("sections/people", values, 200), "Saved: people-2.yaml.")
}

func TestForeignForms(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	page := b.open("sections/backups", 200)
	good := b.form(page, "sections/backups")
	good.Set(rto, "4")
	good.Set("action", "save")
	for name, token := range map[string]string{"no token": "", "that of another form": b.form(page, "redo").Get("form_token"), "a guess": strings.Repeat("0", 96)} {
		values := url.Values{}
		for field, value := range good {
			values[field] = value
		}
		values.Set("form_token", token)
		b.post("sections/backups", values, http.StatusForbidden)
		b.post("undo", values, http.StatusForbidden)
		b.post("waivers", values, http.StatusForbidden)
		if names := changed(before, tree(t, folder)); len(names) > 0 {
			t.Errorf("%s: changed are %v", name, names)
		}
	}
	request, err := http.NewRequest(http.MethodPost, b.base+"sections/backups", strings.NewReader(good.Encode()))
	testhelp.Must(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", "https://evil.example")
	response, err := b.client.Do(request)
	testhelp.Must(t, err)
	b.page(response, "another origin", http.StatusForbidden)
	for _, base := range []string{"", "{}", `{"section":"keys","leaves":{},"objects":{},"lists":{}}`} {
		values := url.Values{"form_token": good["form_token"], "action": {"save"}, "base": {base}}
		b.post("sections/backups", values, http.StatusBadRequest)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
		request, err := http.NewRequest(method, b.base+"sections/backups", nil)
		testhelp.Must(t, err)
		b.send(request, method, http.StatusNotFound)
	}
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("changed are %v", names)
	}
	// Where undo leads back to is a page of this run.
	values := b.form(page, "undo")
	values.Set("back", "https://evil.example/")
	if page := b.post("sections/backups", good, 200); page == "" {
		t.Fatal("nothing was saved")
	}
	b.expect(b.post("undo", values, 200), "Overview")
}

// A folder that nobody may write to says so, and the page keeps what was typed.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root writes everywhere")
	}
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	testhelp.Must(t, os.Chmod(folder, 0o500))
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	values.Set(rto, "4")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, http.StatusInternalServerError), "permission denied", `value="4"`)
}

// What a killed run has left half written is completed by pages that write, and shown by pages for reading.
func TestHalfWrittenEvidence(t *testing.T) {
	folder := copied(t, "gaps")
	journal := filepath.Join(folder, safefile.Journal)
	reading, writing := enter(t, run(t, folder, true)), enter(t, run(t, folder, false))
	testhelp.Put(t, journal, `{"by": {"command": "raci-check collect", "pid": 4711}, "files": []}`)
	testhelp.Put(t, filepath.Join(folder, "people.yaml"), tree(t, folder)["people.yaml"]+"# later\n")
	reading.expect(reading.open("", http.StatusServiceUnavailable), "half written")
	writing.open("", http.StatusOK)
	if _, err := os.Stat(journal); err == nil {
		t.Error("the journal is left")
	}
	reading.open("", http.StatusOK)
}

// What a killed run has written beside the files goes as soon as pages that write begin.
func TestWhatAKilledRunHasLeft(t *testing.T) {
	folder := copied(t, "gaps")
	for name, text := range map[string]string{
		".raci-check.draft":  `{"by": {"command": "raci-check serve", "pid": 4711}, "folders": [], "files": [{"path": "people.yaml", "staged": ".raci-check-X", "before": "", "after": "00"}]}`,
		".raci-check-X":      "half",
		".raci-check-others": "of somebody else",
	} {
		testhelp.Put(t, filepath.Join(folder, name), text)
	}
	enter(t, run(t, folder, false)).open("", http.StatusOK)
	left, err := filepath.Glob(filepath.Join(folder, ".raci-check*"))
	testhelp.Must(t, err)
	if len(left) != 1 || filepath.Base(left[0]) != ".raci-check-others" {
		t.Errorf("these are left: %v", left)
	}
}

// Where another run has the lock, nothing is written, and the page keeps what was typed.
func TestAFolderThatIsLocked(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, runWith(t, serve.Options{Folder: folder, Lock: func(folder string) (*safefile.Lock, error) {
		return nil, &safefile.LockedError{Folder: folder, Holder: safefile.Holder{Command: "raci-check collect"}}
	}}))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set(rto, "4")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, http.StatusServiceUnavailable), "raci-check collect", `value="4"`)
	b.upload("attach/key_selection", b.form(b.open("sections/key_selection", 200), "attach/key_selection"), "a.txt", []byte("Of 2026-11-12.\n"), http.StatusUnprocessableEntity)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("changed are %v", names)
	}
}

// YAML that cannot be edited is refused with its place, saved or taken back, and the page keeps what was typed.
func TestYAMLThatCannotBeEdited(t *testing.T) {
	folder := copied(t, "gaps")
	file := filepath.Join(folder, "backups.yaml")
	text, err := os.ReadFile(file)
	testhelp.Must(t, err)
	b := enter(t, run(t, folder, false))
	head, _, _ := strings.Cut(string(text), "backups:\n")
	hard := head + "backups:\n  policy:\n    document: |\n      POL-BCK-04" // without a line feed, nothing can follow the text
	testhelp.Put(t, file, hard)
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set("v:/backups/policy/reviewed_on", "2026-11-01")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, http.StatusUnprocessableEntity), "backups.yaml:", "cannot be edited here without changing something else: change /backups/policy", `value="2026-11-01"`)
	if now := tree(t, folder)["backups.yaml"]; now != hard {
		t.Errorf("it is %q", now)
	}
	testhelp.Put(t, file, string(text))
	values = b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set("v:/backups/policy/reviewed_on", "2026-11-01")
	values.Set("action", "save")
	testhelp.Must(t, os.Chmod(file, 0o400))
	b.expect(b.post("sections/backups", values, http.StatusUnprocessableEntity), "backups.yaml:1:1: this file is read-only", `value="2026-11-01"`)
	testhelp.Must(t, os.Chmod(file, 0o600))
	testhelp.Must(t, os.Rename(file, filepath.Join(folder, "kept.txt")))
	testhelp.Must(t, os.Symlink("kept.txt", file))
	b.expect(b.post("sections/backups", values, http.StatusUnprocessableEntity), "backups.yaml:1:1: this file is a link", `value="2026-11-01"`)
}

// What a form is made of may be gone by now: a field of it does not make a new section, or a new object, of its own.
func TestWhatAFormShowedIsGone(t *testing.T) {
	folder := copied(t, "gaps")
	b := enter(t, run(t, folder, false))
	file := filepath.Join(folder, "backups.yaml")
	text, err := os.ReadFile(file)
	testhelp.Must(t, err)
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set(rto, "4")
	values.Set("action", "save")
	testhelp.Must(t, os.Remove(file))
	b.expect(b.post("sections/backups", values, http.StatusConflict), "nothing was saved", `value="4"`)
	if _, err := os.Lstat(file); err == nil {
		t.Error("the section is made again with one field")
	}
	before, rest, _ := strings.Cut(string(text), "  policy:\n")
	_, after, _ := strings.Cut(rest, "  jobs:\n")
	gone := before + "  jobs:\n" + after
	testhelp.Put(t, file, gone)
	b.expect(b.post("sections/backups", values, http.StatusConflict), "nothing was saved", `value="4"`)
	if now := tree(t, folder)["backups.yaml"]; now != gone {
		t.Errorf("it is %q", now)
	}
}

// The skeleton that init writes is filled in: its comments stay, but for those that become fields.
func TestASkeletonIsFilledIn(t *testing.T) {
	rules, err := rules()
	testhelp.Must(t, err)
	format, err := rules.Format()
	testhelp.Must(t, err)
	accepts, _, err := rules.Form()
	testhelp.Must(t, err)
	set, err := rules.Compiled()
	testhelp.Must(t, err)
	folder := t.TempDir()
	_, err = starter.Write(starter.Kit{Format: format, Form: accepts, Checks: set.Checks(), RestsOn: set.RestsOn()}, starter.Request{
		Folder: folder, Service: evidence.Service{ID: "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", Name: "mine", Region: "eu-west-par"},
	})
	testhelp.Must(t, err)
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	values := b.form(b.open("sections/backups", 200), "sections/backups")
	values.Set("v:/backups/source/method", "statement")
	values.Set("v:/backups/source/collected_at", "2026-11-19T08:00:00Z")
	values.Set("v:/backups/policy/rpo_hours", "24")
	values.Set("action", "save")
	b.expect(b.post("sections/backups", values, 200), "Saved: backups.yaml.", `value="24"`)
	if names := changed(before, tree(t, folder)); !slices.Equal(names, []string{"backups.yaml"}) {
		t.Errorf("changed are %v", names)
	}
	page := b.open("sections/backups", 200)
	b.post("undo", b.form(page, "undo"), 200)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("taken back, these differ: %v", names)
	}
}

func TestTheServiceItself(t *testing.T) {
	folder := copied(t, "gaps")
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	b.expect(b.open("", 200), `sections/metadata">Service`)
	page := b.open("sections/metadata", 200)
	b.expect(page, "OKMS domain id, a UUID.", "logistics-prod", "eu-west-sbg", "karim.saidi@nordmer.example")
	if strings.Contains(page, "Attach a file") || strings.Contains(page, "does not have this section") {
		t.Error("the page speaks of what the service itself has not")
	}
	values := b.form(page, "sections/metadata")
	values.Set("action", "save")
	b.expect(b.post("sections/metadata", values, 200), "Nothing was changed.")
	values.Set("v:/metadata/service/region", "mars")
	values.Set("action", "check")
	b.expect(b.post("sections/metadata", values, 200), "The verdicts cannot be made of what is typed.")
	values.Set("v:/metadata/service/region", "eu-west-par")
	b.expect(b.post("sections/metadata", values, 200), "Not saved yet: with these changes")
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Fatalf("what was tried out changes %v", names)
	}
	values.Set("v:/metadata/service/id", "")
	values.Set("action", "save")
	b.expect(b.post("sections/metadata", values, http.StatusUnprocessableEntity), "nothing was saved")
	values.Set("v:/metadata/service/id", "c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214")
	values.Set("v:/metadata/service/name", "logistics")
	b.expect(b.post("sections/metadata", values, 200), "Saved: account.yaml, ")
	after := tree(t, folder)
	for name, text := range before {
		want := strings.ReplaceAll(text, "name: logistics-prod, region: eu-west-sbg", "name: logistics, region: eu-west-par")
		if strings.HasSuffix(name, ".yaml") && after[name] != want {
			t.Errorf("%s: %q", name, lines(want, after[name]))
		}
	}
	b.post("undo", b.form(b.open("sections/metadata", 200), "undo"), 200)
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("taken back, these differ: %v", names)
	}
}

// Who prepared a file may be another person for each: no form of all files changes that.
func TestWhatFilesSayDifferentlyOfThemselves(t *testing.T) {
	folder := copied(t, "gaps")
	name := filepath.Join(folder, "backups.yaml")
	text, err := os.ReadFile(name)
	testhelp.Must(t, err)
	testhelp.Put(t, name, strings.Replace(string(text), "prepared_by: karim.saidi@nordmer.example", "prepared_by: marta.silva@nordmer.example", 1))
	before := tree(t, folder)
	b := enter(t, run(t, folder, false))
	page := b.open("sections/metadata", 200)
	b.expect(page, "The files of the folder differ in <code>/metadata/prepared_by</code>")
	values := b.form(page, "sections/metadata")
	if _, has := values["v:/metadata/prepared_by"]; has {
		t.Error("there is a field for it")
	}
	values.Set("v:/metadata/prepared_by", "nobody@nordmer.example")
	values.Set("action", "save")
	b.expect(b.post("sections/metadata", values, 200), "Nothing was changed.")
	if names := changed(before, tree(t, folder)); len(names) > 0 {
		t.Errorf("%v were changed", names)
	}
}

// What each check reads is what static analysis finds, for every field by itself and for what it is in.
func TestChecksBesideAField(t *testing.T) {
	b := enter(t, run(t, "../../evidence/gaps", true))
	page := b.open("sections/backups", 200)
	for _, field := range []string{"policy", "policy-rto_hours", "source-collected_at"} {
		_, rest, _ := strings.Cut(page, `id="f-backups-`+field+`-verdict"`)
		verdicts, _, _ := strings.Cut(rest, "</details>")
		if !strings.Contains(verdicts, "#c-backups-") {
			t.Errorf("%s: no check of backups: %.300s", field, verdicts)
		}
	}
}

// An item that was changed since the page was made is not removed with what the page did not show. A text can be, by who has seen it.
func TestRemovingWhatWasChangedMeanwhile(t *testing.T) {
	for item, c := range map[string]struct {
		field, value string
		again        bool
	}{
		"/backups/jobs/0":              {"/backups/jobs/0/retention_days", "91", false},
		"/subscription/contacts/0":     {"/subscription/contacts/0/verified_on", "2026-11-11", false},
		"/subscription/data_fields/0":  {"/subscription/data_fields/0", "gender", true},
		"/subscription/data_fields/11": {"/subscription/data_fields/11", "", false}, // is not there any more
	} {
		folder := copied(t, "gaps")
		b := enter(t, run(t, folder, false))
		section, _, _ := strings.Cut(item[1:], "/")
		path := "sections/" + section
		first, second := b.form(b.open(path, 200), path), b.form(b.open(path, 200), path)
		first.Set("action", "save")
		first.Set("v:"+c.field, c.value)
		b.post(path, first, 200)
		before := tree(t, folder)
		second.Set("action", "save")
		second.Set("remove[]", item)
		if c.value == "" {
			second.Set("v:"+item, "gender")
			second.Del("remove[]")
		}
		page := b.post(path, second, http.StatusConflict)
		b.expect(page, "Something else changed this meanwhile: nothing was saved", item)
		if again := changed(before, tree(t, folder)); len(again) > 0 {
			t.Errorf("%s: %v was changed", item, again)
		}
		if offers := strings.Contains(page, "save once more"); offers != c.again {
			t.Errorf("%s: the page offers to save once more: %t", item, offers)
		}
		if c.again {
			second.Set("base", b.form(page, path).Get("base"))
			b.expect(b.post(path, second, 200), "Saved: subscription.yaml.")
		}
	}
}
