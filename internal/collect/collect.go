// Package collect fills evidence from where the facts are. Sources, a package each, read side by side and answer parts of
// sections in the shape of the evidence schema; this package joins the parts, writes down where they come from, and merges
// them into the files that people keep, without taking from those what people wrote.
//
// A source tells only what it was told. It leaves out a field that it does not know, and fails a section that it could not
// read to its end: a list that is cut short would prove the absence of what it lacks.
package collect

import (
	"context"
	"crypto/x509"
	"time"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/reader"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/evidence"
)

// Kind is a kind of source: how it is named, what it can fill, and how one is made.
type Kind struct {
	// Name is how --from and collect.yaml call it, in lower-case letters.
	Name string
	// Short says in one line what it reads.
	Short string
	// Method is what evidence says of facts that it read: MethodAPI or MethodExport.
	Method string
	// Fills are the fields that it can fill: JSON pointers into evidence, an item of a list being *, such as
	// /keys/service_keys/*/state. Leaves only. It is empty where the fields depend on the options (the file source), and it
	// is what docs/collect-coverage.md is made from: a field stands here only where the source can fill it for every item
	// that has it.
	Fills []string
	// Options are what it is told, by a flag --NAME-OPTION or a field of collect.yaml.
	Options []Option
	// New makes a source. It checks the options and reads no more than local files that configure it.
	New func(Values, Env) (Source, error)
}

// Option is one thing that a source is told. No secret is an option: those come from the environment, or from a file that an
// option names.
type Option struct {
	Name     string // in lower-case letters with _ between words: --terraform-file is the option file of terraform
	Usage    string // for the help, the file's name or the like in backquotes
	Required bool
	List     bool     // may be given several times
	Words    []string // that it may be; nil where it may be anything
	Path     bool     // it names a file or folder; in collect.yaml relative to the folder of that file
}

// Values are the options of one source, by name.
type Values map[string][]string

// Text is the value of an option that is given once; "" where it is not given.
func (v Values) Text(name string) string {
	if len(v[name]) == 0 {
		return ""
	}
	return v[name][0]
}

// Env is what sources have of the world around them.
type Env struct {
	Getenv func(string) string // for secrets, and for what an API's ordinary clients read there
	Form   *evidence.Form      // of evidence, for sources whose fields are given by a person
	// Reference is the reference data of the policies, to be compared with what an API says now; nil for none.
	Reference map[string]any
	// Dial opens connections to APIs; nil for the network's own.
	Dial httpget.Dialer
	// Roots are the authorities that the servers of APIs are trusted by; nil for those of the system.
	Roots *x509.CertPool
	// Session is what is recorded or replayed; nil for neither. Tape is the part of it that is the source's.
	Session *session.Session
	Tape    *session.Tape
}

// Source reads facts about one OKMS domain from one place.
type Source interface {
	// Fills are the fields that this source fills, as Kind.Fills. It fills no other.
	Fills() []string
	// Collect reads. The error is for a source of which nothing can be used; a section that could not be read completely is
	// in Result.Failed. A canceled context ends it soon.
	Collect(context.Context, Request) (Result, error)
}

// Request says what is asked.
type Request struct {
	ServiceID string    // id of the OKMS domain, a UUID in lower case
	At        time.Time // the time of the collection, in UTC; there is no other clock
	// Progress says in a few words what is being done ("service keys, page 3"). It may be called at any time until Collect
	// returns, and by several goroutines.
	Progress func(string)
}

// Result is what a source told.
type Result struct {
	Parts []Part
	// Failed says for each section that could not be read completely why not. Such a section is not written, whatever other
	// sources say of it.
	Failed map[string]error
	// Notes are what a person should know: one sentence each, such as how often an expression matched nothing.
	Notes []string
	// Service is what the source told of the domain itself; empty where it told nothing.
	Service Service
}

// Part is what a source knows of one section, Answer what it was read from, and ReadRequest how it is read.
type (
	Part        = reader.Part
	Answer      = reader.Answer
	ReadRequest = reader.Request
)

// The methods of sources, as evidence names them.
const (
	MethodAPI    = "api"    // read from an interface
	MethodExport = "export" // read from another tool's export
)
