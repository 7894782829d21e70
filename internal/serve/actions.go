package serve

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/serve/guard"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/verdict"
)

// undo takes back the last change.
func (s *site) undo(w http.ResponseWriter, r *http.Request) error {
	if !s.desk.CanUndo() {
		return s.done(w, r, s.words.Text("There is nothing to take back."), s.back(r.PostForm.Get("back")))
	}
	saved, err := s.desk.Undo(r.Context())
	return s.stepped(w, r, s.words.Say("Taken back: %s.", strings.Join(saved.Files, ", ")), err)
}

// redo makes the change again that was taken back last.
func (s *site) redo(w http.ResponseWriter, r *http.Request) error {
	if !s.desk.CanRedo() {
		return s.done(w, r, s.words.Text("There is nothing to make again."), s.back(r.PostForm.Get("back")))
	}
	saved, err := s.desk.Redo(r.Context())
	return s.stepped(w, r, s.words.Say("Made again: %s.", strings.Join(saved.Files, ", ")), err)
}

// stepped leads back to the page where the button was.
func (s *site) stepped(w http.ResponseWriter, r *http.Request, step string, err error) error {
	var stored *edit.StoredError
	switch {
	case errors.As(err, &stored):
		return &guard.RefusedError{Status: http.StatusConflict, Message: stored.Error()}
	case len(conflictsOf(err)) > 0:
		return &guard.RefusedError{Status: http.StatusConflict, Message: "The same place was changed on disk since, outside of these pages: nothing was written. Change it in its form."}
	case err != nil:
		return err
	}
	return s.done(w, r, step, s.back(r.PostForm.Get("back")))
}

// back is a page of this run below the base; the overview for any other address.
func (s *site) back(address string) string {
	target, err := url.Parse(address)
	path, isPage := strings.CutPrefix(address, s.guard.Path())
	if err != nil || target.IsAbs() || target.Host != "" || !isPage {
		return ""
	}
	return path
}

// attach stores a file that was chosen or dropped.
func (s *site) attach(w http.ResponseWriter, r *http.Request) error {
	parts, err := s.guard.Upload(w, r, uploadSize)
	if err != nil {
		return err
	}
	section, at := r.PathValue("section"), ""
	if !s.schema.Has(section) {
		return notFound("There is no such section.")
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return guard.Unreadable(err)
		}
		switch part.FormName() {
		case "at":
			text, err := safefile.ReadAll(part, 4<<10)
			if err != nil {
				return guard.Unreadable(err)
			}
			at = string(text)
		case "file":
			return s.attachFile(w, r, at, part)
		}
	}
}

func (s *site) attachFile(w http.ResponseWriter, r *http.Request, at string, part *multipart.Part) error {
	section := r.PathValue("section")
	path := fieldPath(at)
	if _, err := document.Split(at); err != nil || sectionOf(at) != section {
		return &guard.RefusedError{Status: http.StatusBadRequest, Message: "The place of the file is not in this section."}
	}
	if part.FileName() == "" {
		s.tell(s.words.Text("No file was chosen."))
		s.seeOther(w, r, path)
		return nil
	}
	name, err := guard.FileName(part)
	if err != nil {
		return err
	}
	upload, err := edit.Receive(r.Context(), name, part)
	if err != nil {
		return s.notAttached(err)
	}
	defer upload.Discard()
	s.saving.Lock()
	defer s.saving.Unlock()
	stored, err := s.desk.Attach(section, at, upload)
	if err != nil {
		return s.notAttached(err)
	}
	return s.done(w, r, s.words.Say("Attached: %s.", stored.Path), path)
}

// notAttached says why a file was not attached.
func (s *site) notAttached(err error) error {
	var large *http.MaxBytesError
	var limit *safefile.LimitError
	switch {
	case errors.As(err, &large):
		return guard.Unreadable(err)
	case errors.As(err, &limit):
		return &guard.RefusedError{Status: http.StatusRequestEntityTooLarge, Message: err.Error()}
	}
	return &guard.RefusedError{Status: http.StatusUnprocessableEntity, Message: strings.Join(s.problems(err, true), "\n")}
}

// requestsPage lists the evidence to ask for.
type requestsPage struct {
	page
	Requests []request
}

// request is what one person or system is wanted for.
type request struct {
	assessment.Request
	Text   string // to copy
	Mail   string // address that opens a message; empty where the owner has none
	Number int
}

func (s *site) requests(w http.ResponseWriter, r *http.Request) error {
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	view := requestsPage{page: s.page(r, now, "Requests for evidence")}
	view.Here = "requests"
	for i, wanted := range now.Service.Requests() {
		shown := request{Request: wanted, Text: s.textOfRequest(view.Name, wanted), Number: i + 1}
		if local, domain, isAddress := strings.Cut(wanted.Owner, "@"); isAddress && local != "" && domain != "" && !strings.ContainsAny(wanted.Owner, " ?&<>\"") {
			// The space is written as mail programs read it; a long text is left to be copied.
			query := "subject=" + url.PathEscape(s.words.Say("Evidence for %s", view.Name))
			if len(shown.Text) < mostMail {
				query += "&body=" + url.PathEscape(shown.Text)
			}
			shown.Mail = "mailto:" + url.PathEscape(wanted.Owner) + "?" + query
		}
		view.Requests = append(view.Requests, shown)
	}
	return s.show(w, http.StatusOK, view.write())
}

// mostMail is how long a text may be that is handed to a mail program: addresses have limits.
const mostMail = 1500

// textOfRequest is a request as plain text.
func (s *site) textOfRequest(service string, wanted assessment.Request) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", s.words.Say("Evidence that is needed for %s:", text(service)))
	for _, missing := range wanted.Missing {
		subject := missing.Message
		if missing.Cause != nil {
			subject = s.words.Cause(*missing.Cause)
		}
		fmt.Fprintf(&out, "\n- %s\n  %s\n", s.words.Say("%s: %s", s.words.Text(string(missing.Severity)), text(subject)), text(missing.Remediation))
	}
	return out.String()
}

// waiversPage lists what was accepted, and takes another waiver.
type waiversPage struct {
	page
	Exceptions []exception
	Checks     []assessment.Check // that a waiver can be for
	Typed      typedWaiver
	Unsaved    bool   // the form has what was typed
	Seen       string // the waivers that the page shows
}

// exception is an exception in a section.
type exception struct {
	Section, Path, What, Owner, Approver, End string
}

func (s *site) waivers(w http.ResponseWriter, r *http.Request) error {
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	view := s.newWaivers(r, now, presentWaiver(now.Service, query.Get("check"), query.Get("pointer")))
	return s.show(w, http.StatusOK, view.write())
}

// presentWaiver is the form of a waiver as the evidence has it, to be changed; with the check alone where it has none.
func presentWaiver(service *assessment.Service, check, pointer string) typedWaiver {
	typed := typedWaiver{Check: check, Pointer: pointer}
	for _, w := range service.Waivers {
		if w.Check == check && onlyPointer(w) == pointer && len(w.Pointers) <= 1 {
			typed = presented(w)
		}
	}
	return typed
}

// presented is a waiver of one place at most as the form has it.
func presented(w assessment.Waiver) typedWaiver {
	return typedWaiver{
		Check: w.Check, Pointer: onlyPointer(w), Reason: w.Reason, RequestedBy: w.RequestedBy, ApprovedBy: w.ApprovedBy,
		ApprovedOn: w.ApprovedOn, ExpiresOn: w.ExpiresOn, AcceptsMissing: w.AcceptsMissing,
	}
}

// onlyPointer is the pointer that a waiver is limited to; empty for none.
func onlyPointer(w assessment.Waiver) string {
	if len(w.Pointers) != 1 {
		return ""
	}
	return w.Pointers[0]
}

// errWaiverChanged says that the waivers of the same findings are not those that the page showed.
var errWaiverChanged = errors.New("the waiver of this check was changed meanwhile, and nothing was saved: look at the list, and save once more to put what you typed in its place")

// seenWaivers tells the waivers of a service apart, by the check and the pointer that the form changes them by.
func seenWaivers(service *assessment.Service) string {
	seen := map[string]string{}
	for _, w := range service.Waivers {
		if len(w.Pointers) <= 1 {
			key := w.Check + " " + onlyPointer(w)
			seen[key] = form.Digest([]any{seen[key], presented(w)})
		}
	}
	return form.Shown(seen)
}

// changedSince reports whether the waivers that a form changes are others than its page showed; none that are as they were typed.
func (w typedWaiver) changedSince(shown string, service *assessment.Service) bool {
	if presentWaiver(service, w.Check, w.Pointer) == w {
		return false
	}
	var before, now map[string]string
	key := w.Check + " " + w.Pointer
	return json.Unmarshal([]byte(shown), &before) != nil || json.Unmarshal([]byte(seenWaivers(service)), &now) != nil || before[key] != now[key]
}

// changePath leads to the form with a waiver; empty for one that the form cannot hold.
func changePath(w assessment.Waiver) string {
	if len(w.Pointers) > 1 {
		return ""
	}
	query := url.Values{"check": {w.Check}}
	if pointer := onlyPointer(w); pointer != "" {
		query.Set("pointer", pointer)
	}
	return "waivers?" + query.Encode() + "#waive"
}

// newWaivers is the page with what was typed.
func (s *site) newWaivers(r *http.Request, now *standing, typed typedWaiver) *waiversPage {
	view := &waiversPage{page: s.page(r, now, "Waivers and exceptions"), Typed: typed, Seen: seenWaivers(now.Service), Exceptions: exceptionsOf(now.Set.Value, s.words.Text("not stated"))}
	view.Here = "waivers"
	for _, activity := range now.Service.Activities {
		for _, c := range activity.Checks {
			if c.Status.Bad() || c.Status == verdict.Waived || c.ID == typed.Check { // it may pass by now
				view.Checks = append(view.Checks, c)
			}
		}
	}
	return view
}

// exceptionsOf lists the exceptions of all sections: the items of lists that somebody approved and that end.
func exceptionsOf(evidence map[string]any, unstated string) []exception {
	var all []exception
	var visit func(pointer string, value any)
	visit = func(pointer string, value any) {
		switch value := value.(type) {
		case []any:
			for i, item := range value {
				visit(fmt.Sprintf("%s/%d", pointer, i), item)
			}
		case map[string]any:
			if end, ends := value["expires_on"].(string); ends && value["approved_by"] != nil {
				shown := exception{Section: sectionOf(pointer), Path: fieldPath(pointer), End: end, Approver: cmp.Or(form.Shown(value["approved_by"]), unstated), Owner: cmp.Or(form.Shown(value["requested_by"]), unstated)}
				for _, name := range []string{"object", "subject", "name", "id", "reason"} {
					if subject, isText := value[name].(string); isText && shown.What == "" {
						shown.What = subject
					}
				}
				all = append(all, shown)
			}
			for name, below := range value {
				visit(pointer+document.Pointer(name), below)
			}
		}
	}
	visit("", evidence)
	slices.SortFunc(all, func(x, y exception) int { return strings.Compare(x.End+x.Path, y.End+y.Path) })
	return all
}

// waive writes a waiver.
func (s *site) waive(w http.ResponseWriter, r *http.Request) error {
	value := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	typed := typedWaiver{
		Check: value("check"), Pointer: value("pointer"), Reason: value("reason"), RequestedBy: value("requested_by"), ApprovedBy: value("approved_by"),
		ApprovedOn: value("approved_on"), ExpiresOn: value("expires_on"), AcceptsMissing: value("accepts_missing") != "",
	}
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	accepted, err := typed.read()
	var saved edit.Saved
	status := http.StatusUnprocessableEntity
	switch {
	case err != nil:
	case typed.changedSince(r.PostForm.Get("seen"), now.Service):
		status, err = http.StatusConflict, errWaiverChanged
	default:
		saved, err = s.desk.Waive(r.Context(), accepted)
	}
	if err != nil {
		view := s.newWaivers(r, now, typed)
		view.Problems, view.Unsaved = s.problems(err, false), true
		return s.show(w, status, view.write())
	}
	notice := s.words.Say("Saved: a waiver of %s.", typed.Check)
	if len(saved.Files) == 0 {
		notice = s.words.Text("Nothing was changed.")
	}
	return s.done(w, r, notice, "waivers")
}

// downloads are the formats of reports with the types of their content.
var downloads = map[string]string{"html": "text/html; charset=utf-8", "json": "application/json"}

// report sends the report of the saved evidence, as assess writes it.
func (s *site) report(w http.ResponseWriter, r *http.Request) error {
	format := r.PathValue("format")
	kind, has := downloads[format]
	if !has {
		return notFound("There is no such report.")
	}
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	return send(w, r, download{kind, "report." + format, s.Language}, report.Assessments, assessment.FleetOf(now.Assessment))
}

// download is a file that the browser keeps.
type download struct {
	kind, name string
	language   *translate.Translator
}

// send writes a result in the format that the name of a file ends with.
func send[T any](w http.ResponseWriter, r *http.Request, d download, formats report.Formats[T], result T) error {
	w.Header().Set("Content-Type", d.kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
	format := d.name[strings.LastIndex(d.name, ".")+1:]
	return report.Write(r.Context(), formats, result, report.Destination{Out: w, Outputs: []report.Output{{Format: format}}, Language: d.language})
}
