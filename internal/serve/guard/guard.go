// Package guard lets the browser of one person in that has the address which the program printed, and nobody else: no other user of
// the machine, no page of another origin, and no name that somebody points at this machine.
package guard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	secretSize = 32 // bytes: 256 bits
	nonceSize  = 16
	pathSize   = 16
)

// Field is the field of a form that has its token. In an upload it comes first.
const Field = "form_token"

// policy is the content security policy of every answer: scripts and styles are files of this program.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Guard stands before the pages of one run.
type Guard struct {
	port    string
	entry   string // that the printed address has
	session string // that the cookie has
	path    string
	key     []byte // of the tokens of forms

	// Say says a refusal in the language of the pages; nil for English.
	Say func(english string) string
}

// New makes the secrets of a run that listens on a port.
func New(port int) *Guard {
	return &Guard{port: strconv.Itoa(port), entry: secret(secretSize), session: secret(secretSize), path: "/" + secret(pathSize) + "/", key: []byte(secret(secretSize))}
}

// secret is a random text of so many bytes.
func secret(size int) string {
	random := make([]byte, size)
	_, _ = rand.Read(random) // it never fails
	return hex.EncodeToString(random)
}

// URL is the address to open. It works as long as the program runs.
func (g *Guard) URL() string { return "http://127.0.0.1:" + g.port + "/?token=" + g.entry }

// Path is what the paths of all pages begin with. A browser sends the cookies of a host to each of its ports: this path, which no
// other program knows, keeps the cookie from them.
func (g *Guard) Path() string { return g.path }

// refused says why a request is not carried out.
func (g *Guard) refused(w http.ResponseWriter, why string, status int) {
	if g.Say != nil {
		why = g.Say(why)
	}
	http.Error(w, why, status)
}

// hosts are the names that a browser may have this program by.
func (g *Guard) hosts() []string { return []string{"127.0.0.1:" + g.port, "localhost:" + g.port} }

// Handler lets requests through to the pages.
func (g *Guard) Handler(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for name, value := range map[string]string{
			"Content-Security-Policy": policy, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			// With no-referrer, a browser would not say the origin of a form.
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			"Permissions-Policy": "camera=(), geolocation=(), microphone=()",
		} {
			header.Set(name, value)
		}
		if !slices.Contains(g.hosts(), r.Host) {
			g.refused(w, "This host name is not that of the page: open the address that raci-check printed.", http.StatusMisdirectedRequest)
			return
		}
		if r.URL.Path == "/" {
			g.enter(w, r)
			return
		}
		if problem := g.refuse(r); problem != "" {
			g.refused(w, problem, http.StatusForbidden)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// enter takes the token out of the address, and gives the browser a cookie in its place.
func (g *Guard) enter(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		g.refused(w, "Open this address in a browser.", http.StatusMethodNotAllowed)
		return
	case !equal(r.URL.Query().Get("token"), g.entry):
		g.refused(w, "Open the address that raci-check printed, with its token.", http.StatusForbidden)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: g.cookie(), Value: g.session, Path: g.path, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.Header().Set("Location", g.path)
	w.WriteHeader(http.StatusSeeOther)
}

// cookie is the name of the cookie: that of another run is another.
func (g *Guard) cookie() string { return "raci_check_" + g.port }

// refuse says why a request goes no further; empty if it does.
func (g *Guard) refuse(r *http.Request) string {
	cookie, err := r.Cookie(g.cookie())
	if err != nil || !equal(cookie.Value, g.session) {
		return "Open the address that raci-check printed: this browser has not been let in, or the program was started again."
	}
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	if site != "" && site != "same-origin" && site != "none" {
		return "This request comes from another page, and was not carried out."
	}
	if origin != "" && origin != "http://"+r.Host {
		return "This request comes from another origin, and was not carried out."
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && origin == "" && site != "same-origin" {
		return "The browser does not say which page this request comes from: it was not carried out."
	}
	return ""
}

// equal compares in a time that tells nothing.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// Token is what a form on a page needs to post to a path.
func (g *Guard) Token(path string) string {
	nonce := secret(nonceSize)
	return nonce + g.sign(nonce, path)
}

func (g *Guard) sign(nonce, path string) string {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(nonce + path))
	return hex.EncodeToString(mac.Sum(nil))
}

func (g *Guard) accepts(token, path string) bool {
	if len(token) < 2*nonceSize {
		return false
	}
	nonce := token[:2*nonceSize]
	return equal(token, nonce+g.sign(nonce, path))
}

// RefusedError is a request that is not carried out.
type RefusedError struct {
	Status  int
	Message string
}

func (e *RefusedError) Error() string { return e.Message }

func refused(status int, format string, args ...any) error {
	return &RefusedError{status, fmt.Sprintf(format, args...)}
}

var errToken = &RefusedError{http.StatusForbidden, "The form is not of a page of this run: load the page again, and repeat what you did."}

// Form reads a form of at most so many bytes, if its token is of this run and for this path.
func (g *Guard) Form(w http.ResponseWriter, r *http.Request, most int64) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return refused(http.StatusUnsupportedMediaType, "A form is expected here.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		return Unreadable(err)
	}
	if !g.accepts(r.PostForm.Get(Field), r.URL.Path) {
		return errToken
	}
	return nil
}

// Upload opens a form with a file, of at most so many bytes, if its first field is a token of this run and for this path.
func (g *Guard) Upload(w http.ResponseWriter, r *http.Request, most int64) (*multipart.Reader, error) {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, refused(http.StatusUnsupportedMediaType, "A form with a file is expected here.")
	}
	first, err := parts.NextPart()
	if err != nil {
		return nil, Unreadable(err)
	}
	if first.FormName() != Field {
		return nil, errToken
	}
	token := make([]byte, 2*(nonceSize+sha256.Size)+1)
	n := 0
	for n < len(token) {
		read, err := first.Read(token[n:])
		n += read
		if err != nil {
			break
		}
	}
	if !g.accepts(string(token[:n]), r.URL.Path) {
		return nil, errToken
	}
	return parts, nil
}

// Unreadable says in words what is wrong with a body that could not be read.
func Unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refused(http.StatusRequestEntityTooLarge, "This is larger than %d MiB, and was not taken.", large.Limit>>20)
	}
	return refused(http.StatusBadRequest, "The form could not be read.")
}

// FileName is the name of an uploaded file, if it is a plain one: a name with a path leads somewhere, and is refused.
func FileName(part *multipart.Part) (string, error) {
	_, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name := parameters["filename"]
	if err != nil || name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`) || strings.ContainsRune(name, 0) {
		return "", refused(http.StatusBadRequest, "The name of the file is not a plain name: rename the file.")
	}
	return name, nil
}
