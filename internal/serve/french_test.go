package serve_test

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/serve"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/words"
	"github.com/raci-check/raci-check/policies"
)

// french are the pages of a folder in French.
func french(t *testing.T, folder string, readOnly bool) *browser {
	t.Helper()
	opened, err := rules()
	testhelp.Must(t, err)
	language, err := words.In("fr")
	testhelp.Must(t, err)
	speaks, err := translate.New(language, opened, policies.Words)
	testhelp.Must(t, err)
	return enter(t, runWith(t, serve.Options{Folder: folder, ReadOnly: readOnly, Language: speaks}))
}

var (
	// data is what a page shows of the evidence, and what is marked as English.
	data = regexp.MustCompile(`(?s)<code>.*?</code>|<textarea[^>]*>.*?</textarea>|<option value="[^"]*"[^>]*>[^<]*</option>|<q>.*?</q>|<span lang="en">.*?</span>|<input type="text"[^>]*>|protection profile for cryptographic modules of trust services`)
	tags = regexp.MustCompile(`<[^>]*>`)
	read = regexp.MustCompile(`(?:aria-label|placeholder|data-say-[a-z]+)="([^"]*)"`)
)

// own are the texts that the people of an example wrote themselves.
func own(t *testing.T, folder string) []string {
	t.Helper()
	return testhelp.Written(t, folder, func(name string) any {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		testhelp.Must(t, err)
		return doc.Value()
	})
}

// noEnglish looks through what a page says, and what it has a screen reader say.
func noEnglish(t *testing.T, where, page string, theirs []string) {
	t.Helper()
	if !strings.Contains(page, `<html lang="fr">`) {
		t.Errorf("%s does not say that it is in French", where)
	}
	var labels strings.Builder
	for _, label := range read.FindAllStringSubmatch(page, -1) {
		labels.WriteString(label[1] + "\n")
	}
	prose := html.UnescapeString(tags.ReplaceAllString(data.ReplaceAllString(page, " "), "\n") + labels.String())
	for _, text := range theirs {
		prose = strings.ReplaceAll(prose, text, "")
	}
	testhelp.NoEnglish(t, where, prose)
}

var links = regexp.MustCompile(`href="[^"]*/((?:sections|duties)/[^"?#]+)"`)

func TestNoEnglishIsLeftInFrenchPages(t *testing.T) {
	folder := copied(t, "gaps")
	theirs := own(t, folder)
	b := french(t, folder, false)
	first := b.open("", http.StatusOK)
	noEnglish(t, "the overview", first, theirs)
	paths := []string{"requests", "waivers"}
	for _, link := range links.FindAllStringSubmatch(first, -1) {
		if !slices.Contains(paths, link[1]) {
			paths = append(paths, link[1])
		}
	}
	if len(paths) < 60 {
		t.Fatalf("only %d pages are named", len(paths))
	}
	for _, path := range paths {
		noEnglish(t, path, b.open(path, http.StatusOK), theirs)
	}
	noEnglish(t, "a page that is not there", b.open("nowhere", http.StatusNotFound), nil)
	readOnly := french(t, folder, true)
	noEnglish(t, "the sample", readOnly.open("sample?number=3", http.StatusOK), theirs)
	noEnglish(t, "a sample of too many", readOnly.open("sample?number=9999", http.StatusBadRequest), theirs)
}

// What was typed is judged, refused and saved in French; what is written is what was typed.
func TestWhatIsTypedIsAnsweredInFrench(t *testing.T) {
	folder := copied(t, "gaps")
	theirs := own(t, folder)
	b := french(t, folder, false)
	page := b.open("sections/subscription", http.StatusOK)
	for name, form := range map[string]struct {
		field, value, action, says string
		status                     int
	}{
		"tried":   {"v:/subscription/recovery_contact", "ciso@nordmer.example", "check", "Pas encore enregistré", http.StatusOK},
		"refused": {"v:/subscription/data_field_count", "douze", "save", "Un nombre est attendu, comme 12.", http.StatusUnprocessableEntity},
		"a date":  {"v:/subscription/processing_record/reviewed_on", "hier", "save", "Une date est attendue", http.StatusUnprocessableEntity},
	} {
		values := b.form(page, "sections/subscription")
		values.Set(form.field, form.value)
		values.Set("action", form.action)
		answer := b.post("sections/subscription", values, form.status)
		b.expect(answer, form.says)
		noEnglish(t, name, answer, append(theirs, form.value))
	}
	waiver := b.open("waivers", http.StatusOK)
	values := b.form(waiver, "waivers")
	answer := b.post("waivers", values, http.StatusUnprocessableEntity)
	b.expect(answer, "Contrôle : en choisir un.", "Approuvée le : une date est attendue")
	noEnglish(t, "a waiver without anything", answer, theirs)
}
