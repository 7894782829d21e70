package reader

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// Version is the version of the file of raw answers, which rises when a reader needs what earlier files do not keep. Files of
// version 1 do not say so: no program read their answers.
const Version = 2

// MaxRead is the largest file of raw answers that is read again, in bytes.
const MaxRead = 64 << 20

// Kept is what is kept of a section beside the evidence.
type Kept struct {
	Version int    `json:"version"`
	Service string `json:"service"`
	Section string `json:"section"`
	Facts   any    `json:"facts"` // as the sources told them, joined; the next collection knows by them what people wrote
	// Unread are the fields that the kept answers tell otherwise than the answers did, because of what is redacted in them: JSON
	// pointers, * for the items of lists. All below them is unread too.
	Unread  []string     `json:"unread,omitempty"`
	Answers []KeptAnswer `json:"answers,omitempty"`
}

// KeptAnswer is an answer of one of several sources.
type KeptAnswer struct {
	Source string `json:"source"`
	Answer
}

// ErrNotKept says that a file is not one of raw answers.
var ErrNotKept = errors.New("it is not a file of raw answers that collect wrote")

// DecodeKept reads a file of raw answers, without their facts. The bodies of the answers are encoded still.
func DecodeKept(name string, content []byte) (*Kept, error) {
	var file struct {
		Version int      `json:"version"`
		Service string   `json:"service"`
		Section string   `json:"section"`
		Unread  []string `json:"unread"`
		Answers []struct {
			Source string          `json:"source"`
			Origin string          `json:"origin"`
			Fill   json.RawMessage `json:"fill"`
			Body   json.RawMessage `json:"body"`
		} `json:"answers"`
	}
	if err := document.DecodeJSON(name, content, &file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	if file.Service == "" || file.Section == "" {
		return nil, ErrNotKept
	}
	kept := &Kept{Version: max(file.Version, 1), Service: file.Service, Section: file.Section, Unread: file.Unread}
	for i, answer := range file.Answers {
		place := document.Pointer("answers", strconv.Itoa(i))
		if answer.Body == nil {
			return nil, fmt.Errorf("%s: the answer has no body", place)
		}
		whole := KeptAnswer{answer.Source, Answer{Origin: answer.Origin, Body: answer.Body, Place: place + "/body"}}
		if answer.Fill != nil {
			whole.Fill = answer.Fill
		}
		kept.Answers = append(kept.Answers, whole)
	}
	return kept, nil
}

// Sources are the names of the sources whose answers are kept, each once, in their order.
func (k *Kept) Sources() (names []string) {
	for _, answer := range k.Answers {
		if !slices.Contains(names, answer.Source) {
			names = append(names, answer.Source)
		}
	}
	return names
}

func (k *Kept) Of(source string) (answers []Answer) {
	for _, answer := range k.Answers {
		if answer.Source == source {
			answers = append(answers, answer.Answer)
		}
	}
	return answers
}

// Reads reports whether the facts at a pointer with * for the items of lists are read again.
func (k *Kept) Reads(pointer string) bool {
	return !slices.ContainsFunc(k.Unread, func(unread string) bool { return strings.HasPrefix(pointer+"/", unread+"/") })
}

// Kind is the kind of a source of a name: those of a kind of which there are several are numbered, such as file-2.
func Kind(source string) string {
	kind, number, numbered := strings.Cut(source, "-")
	if _, err := strconv.Atoi(number); numbered && err == nil {
		return kind
	}
	return source
}

// Kinds are the kinds of sources, each once, in their order.
func Kinds(sources []string) (kinds []string) {
	for _, source := range sources {
		if kind := Kind(source); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
