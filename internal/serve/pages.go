package serve

import (
	"bytes"
	"embed"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/report/palette"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/serve/guard"
)

//go:embed static
var static embed.FS

// maxText is how many characters of one text a page shows.
const maxText = 2000

// text is what is shown of a text from outside.
func text(s string) string { return sanitize.Cut(sanitize.Text(s), maxText) }

// pages are the pages below the path of the guard. What changes something is there only where there is a desk.
func (s *site) pages() http.Handler {
	mux, base := http.NewServeMux(), s.guard.Path()
	read := func(path string, handle func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc("GET "+base+path, func(w http.ResponseWriter, r *http.Request) {
			s.saving.RLock()
			defer s.saving.RUnlock()
			s.answer(w, r, handle(w, r))
		})
	}
	post := func(path string, handle func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc("POST "+base+path, func(w http.ResponseWriter, r *http.Request) {
			err := s.guard.Form(w, r, formSize)
			s.saving.Lock()
			defer s.saving.Unlock()
			if err == nil {
				err = handle(w, r)
			}
			s.answer(w, r, err)
		})
	}
	write := func(path string, handle func(w http.ResponseWriter, r *http.Request) error) {
		if s.desk != nil {
			post(path, handle)
		}
	}
	read("{$}", s.overview)
	read("sections/{section}", s.section)
	read("duties/{duty}", s.duty)
	read("requests", s.requests)
	read("waivers", s.waivers)
	read("options", s.options)
	read("reports/{format}", s.report)
	read("static/{file}", s.file)
	if s.desk == nil {
		read("sample", s.sample)
		post("sample", s.worksheet)
	}
	write("sections/{section}", s.typed)
	write("waivers", s.waive)
	write("undo", s.undo)
	write("redo", s.redo)
	if s.desk != nil {
		mux.HandleFunc("POST "+base+"attach/{section}", func(w http.ResponseWriter, r *http.Request) {
			s.answer(w, r, s.attach(w, r)) // which is alone once the file is there: a slow upload keeps nobody else
		})
	}
	mux.HandleFunc(base, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, notFound("There is no such page.")) })
	return mux
}

// The largest forms, in bytes.
const (
	formSize   = 4 << 20
	uploadSize = 256<<20 + 1<<20 // attach.MaxFile, and what is around it
)

func notFound(message string) error {
	return &guard.RefusedError{Status: http.StatusNotFound, Message: message}
}

// problemPage says what went wrong.
type problemPage struct {
	page
	Unreadable bool // the evidence, which people have to fix
}

// answer shows what went wrong.
func (s *site) answer(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	status := statusOf(err)
	if status == http.StatusInternalServerError && r.Context().Err() != nil {
		return // nobody waits for it
	}
	var wrong document.Errors
	w.Header().Del("Content-Disposition")
	view := problemPage{page: s.page(r, nil, "Something is wrong"), Unreadable: errors.As(err, &wrong)}
	view.Problems = s.problems(err, true)
	if err := s.show(w, status, view.write()); err != nil {
		http.Error(w, s.words.Text("The page could not be made."), http.StatusInternalServerError)
	}
}

// statusOf is the status of an answer that says what went wrong.
func statusOf(err error) int {
	var refused *guard.RefusedError
	var wrong document.Errors
	var place *document.Error // such as YAML that cannot be edited here
	var unfinished *safefile.UnfinishedError
	var locked *safefile.LockedError
	switch {
	case errors.As(err, &refused):
		return refused.Status
	case errors.As(err, &unfinished), errors.As(err, &locked):
		return http.StatusServiceUnavailable // another run writes
	case errors.As(err, &wrong), errors.As(err, &place):
		return http.StatusUnprocessableEntity
	default:
		return http.StatusInternalServerError
	}
}

// page is what all pages show.
type page struct {
	Base     string // that paths begin with
	Title    string
	Name     string // of the service
	Standing *standing
	Progress assessment.Progress
	ReadOnly bool
	CanUndo  bool
	CanRedo  bool
	notice   func() string
	Problems []string
	Back     string // path of the page, for undo
	guard    *guard.Guard
	printer
	Here string // which page it is
}

// Lang is the language of the page.
func (p *page) Lang() string { return p.Phrases.Tag() }

// Token is what a form needs that posts to a path below the base.
func (p *page) Token(path string) string { return p.guard.Token(p.Base + path) }

// page is the beginning of a page; there is no standing where the evidence cannot be read.
func (s *site) page(r *http.Request, now *standing, title string) page {
	p := page{
		Base: s.guard.Path(), Title: s.words.Text(title), Standing: now, ReadOnly: s.desk == nil, guard: s.guard, printer: printer{markup.Phrases{Phrases: s.words}, s.schema},
		Back: r.URL.RequestURI(), Name: s.words.Text("Evidence"),
	}
	if now != nil {
		p.notice = s.takeNotice
		p.Name, p.Progress = now.Service.Service.Name, assessment.ProgressOf(now.Service.Activities...)
		if p.Name == "" {
			p.Name = now.Service.Service.ID
		}
	}
	if s.desk != nil {
		p.CanUndo, p.CanRedo = s.desk.CanUndo(), s.desk.CanRedo()
	}
	return p
}

// Notice is what is to be said once, on the page that asks for it.
func (p *page) Notice() string {
	if p.notice == nil {
		return ""
	}
	return p.notice()
}

// longestTitle is how long the title of a page may be.
const longestTitle = 70

// Head is the title in the browser's bar.
func (p *page) Head() string {
	return sanitize.Cut(sanitize.Text(p.Title+" – "+p.Name), longestTitle)
}

// Open says how many checks pass, and what is to fix.
func (p *page) Open() string { return p.Phrases.Open(*p.Standing.Service) }

// Sentence is the verdict in words.
func (p *page) Sentence() string { return p.Phrases.Sentence(*p.Standing.Service) }

// show writes a page whole or not at all.
func (s *site) show(w http.ResponseWriter, status int, page g.Node) error {
	var out bytes.Buffer
	if err := page.Render(&out); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // whoever does not read it any more need not be told
	return nil
}

// file is a style, a script or a picture of the program.
func (s *site) file(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	content, err := static.ReadFile("static/" + name)
	if err != nil || strings.ContainsAny(name, `/\`) {
		return notFound("There is no such file.")
	}
	if name == "style.css" {
		content = append([]byte(palette.CSS), content...)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	return nil
}

// seeOther leads to another page below the base.
func (s *site) seeOther(w http.ResponseWriter, r *http.Request, path string) {
	http.Redirect(w, r, s.guard.Path()+path, http.StatusSeeOther)
}

// fieldPath leads to a field of a form.
func fieldPath(pointer string) string {
	return "sections/" + url.PathEscape(sectionOf(pointer)) + "?" + url.Values{"at": {pointer}}.Encode() + "#" + form.ID(pointer)
}
