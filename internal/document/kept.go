package document

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/raci-check/raci-check/internal/safefile"
)

// Kept holds the documents that were read, by name, so that one of the same content is not parsed again. Nil keeps none. It may
// be used concurrently.
type Kept struct {
	mutex     sync.Mutex
	documents map[string]*kept
}

type kept struct {
	document *Document
	sha256   string
	used     bool // since the last Forget
	passed   bool // see Once
}

// Read is Read; what it answers may be what an earlier call did.
func (k *Kept) Read(name string, r io.Reader, limits Limits) (*Document, string, error) {
	data, err := safefile.ReadAll(r, int64(limits.Bytes))
	var larger *safefile.LimitError
	switch {
	case errors.As(err, &larger):
		return nil, "", tooLarge(name, limits)
	case err != nil:
		return nil, "", fmt.Errorf("read %s: %w", name, err)
	}
	sha256 := safefile.Sum(data)
	if doc := k.same(name, sha256); doc != nil {
		return doc, sha256, nil
	}
	doc, err := Parse(name, data, limits)
	if err == nil {
		k.keep(name, &kept{document: doc, sha256: sha256, used: true})
	}
	return doc, sha256, err
}

func (k *Kept) same(name, sha256 string) *Document {
	if k == nil {
		return nil
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	earlier := k.documents[name]
	if earlier == nil || earlier.sha256 != sha256 {
		return nil
	}
	earlier.used = true
	return earlier.document
}

func (k *Kept) keep(name string, read *kept) {
	if k == nil {
		return
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.documents == nil {
		k.documents = map[string]*kept{}
	}
	k.documents[name] = read
}

// Forget drops what was not read since the last call.
func (k *Kept) Forget() {
	if k == nil {
		return
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	for name, read := range k.documents {
		if !read.used {
			delete(k.documents, name)
		}
		read.used = false
	}
}

// Once checks a document, unless it is one that is kept and has passed that check. There is one check for all documents.
func (k *Kept) Once(d *Document, check func(*Document) error) error {
	if k == nil {
		return check(d)
	}
	k.mutex.Lock()
	read := k.documents[d.name]
	passed := read != nil && read.document == d && read.passed
	k.mutex.Unlock()
	if passed {
		return nil
	}
	err := check(d)
	if err == nil && read != nil && read.document == d {
		k.mutex.Lock()
		read.passed = true
		k.mutex.Unlock()
	}
	return err
}
