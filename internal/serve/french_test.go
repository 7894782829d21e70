package serve_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/frenchtest"
	"github.com/raci-check/raci-check/internal/serve"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// french are the pages of a folder in French.
func french(t *testing.T, reader *frenchtest.Reader, folder string, readOnly bool) *browser {
	t.Helper()
	return enter(t, runWith(t, serve.Options{Folder: folder, ReadOnly: readOnly, Language: reader.Language}))
}

var links = regexp.MustCompile(`href="[^"]*/((?:sections|duties)/[^"?#]+)"`)

func TestNoEnglishIsLeftInFrenchPages(t *testing.T) {
	folder := copied(t, "gaps")
	reader := frenchtest.New(t)
	reader.QuoteFolder(folder)
	b := french(t, reader, folder, false)
	first := b.open("", http.StatusOK)
	reader.Page("the overview", first)
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
		reader.Page(path, b.open(path, http.StatusOK))
	}
	reader.Page("a page that is not there", b.open("nowhere", http.StatusNotFound))
	readOnly := french(t, reader, folder, true)
	reader.Page("the sample", readOnly.open("sample?number=3", http.StatusOK))
	reader.Page("a sample of too many", readOnly.open("sample?number=9999", http.StatusBadRequest))
}

// What was typed is judged, refused and saved in French; what is written is what was typed.
func TestWhatIsTypedIsAnsweredInFrench(t *testing.T) {
	folder := copied(t, "gaps")
	reader := frenchtest.New(t)
	reader.QuoteFolder(folder)
	b := french(t, reader, folder, false)
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
		reader.Quote(form.value)
		reader.Page(name, answer)
	}
	waiver := b.open("waivers", http.StatusOK)
	values := b.form(waiver, "waivers")
	answer := b.post("waivers", values, http.StatusUnprocessableEntity)
	b.expect(answer, "Contrôle\u00a0: en choisir un.", "Approuvée le\u00a0: une date est attendue")
	reader.Page("a waiver without anything", answer)
}

// Evidence that cannot be read is a page too: what is wrong with it is French, with its place.
func TestWhatIsWrongWithEvidenceIsSaidInFrench(t *testing.T) {
	folder := copied(t, "gaps")
	reader := frenchtest.New(t)
	reader.QuoteFolder(folder)
	b := french(t, reader, folder, false)
	b.open("", http.StatusOK)
	for text, says := range map[string]string{
		"api_version: raci-check/v1\nkind: Evidence\n\tbackups: 1\n":                                                                            "une tabulation dans le retrait",
		"api_version: raci-check/v1\nkind: Evidence\nmetadata: {service: {id: c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214}}\nnetwork: {policies: 3}\n": "champ inconnu",
	} {
		testhelp.Put(t, filepath.Join(folder, "network.yaml"), text)
		page := b.open("", http.StatusUnprocessableEntity)
		b.expect(page, "network.yaml:", says)
		reader.Page("the page of an error", page)
	}
}
