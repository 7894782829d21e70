package attest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/sigstore"
	"github.com/raci-check/raci-check/internal/timestamp"
)

// Stamp obtains a time-stamp token over a signature and answers the reply of the authority in DER. A nil one obtains none.
type Stamp func(signature []byte) ([]byte, error)

// Attestation signs a report that is about to be written. A nil one signs nothing.
type Attestation struct {
	key      signature.PrivateKey
	stamp    Stamp
	report   string // its file
	envelope Envelope
	content  []byte // of the envelope
}

// NewAttestation reads the key that the report in a file is to be signed with.
func NewAttestation(key, report string, stamp Stamp) (*Attestation, error) {
	private, err := signature.ReadPrivate(key)
	return &Attestation{key: private, stamp: stamp, report: report, envelope: Envelope{file: report + Suffix}}, err
}

// Prepare signs the report, obtains its token, and takes away the envelope and the bundles of an earlier one: where the report
// cannot be written, none stays beside it.
func (a *Attestation) Prepare(fleet *assessment.Fleet) error {
	if a == nil {
		return nil
	}
	var report bytes.Buffer
	err := fleet.WriteJSON(&report)
	if err != nil {
		return err
	}
	if a.content, err = SignReport(a.report, report.Bytes(), a.key, nil); err != nil {
		return fmt.Errorf("sign the report: %w", err)
	}
	if err := a.envelope.stampLast(a.content, a.stamp); err != nil {
		return err
	}
	if err := removeEnvelope(a.report + Suffix); err != nil {
		return fmt.Errorf("replace attestation: %w", err)
	}
	return nil
}

// Write writes the envelope and its bundle, once the report is written.
func (a *Attestation) Write() error {
	if a == nil {
		return nil
	}
	_, err := a.envelope.write(a.content)
	return err
}

// Errors of time stamps to add.
var (
	ErrStamped = errors.New("every signature has a time-stamp token already")
	errAbsent  = errors.New("there is no envelope: sign first, with --key")
)

// Written says what was written.
type Written struct {
	Files []string
	// Tokens are new, in the order of their signatures. Nobody has checked here whether their authority is to be trusted.
	Tokens []*timestamp.Token
}

// AddTo adds a signature to the envelope in a file, which need not be there yet, with a token over it. sign answers the envelope
// with the signature.
func AddTo(file string, sign func(existing []byte) ([]byte, error), stamp Stamp) (*Written, error) {
	e, err := openEnvelope(file)
	if err != nil {
		return nil, err
	}
	content, err := sign(e.content)
	switch {
	case errors.Is(err, ErrDiffers):
		return nil, fmt.Errorf("%s: %w: remove it to sign again, or write to another file with -o", file, err)
	case err != nil && e.content != nil:
		return nil, fmt.Errorf("%s: %w", file, err)
	case err != nil:
		return nil, err
	}
	if err := e.stampLast(content, stamp); err != nil {
		return nil, err
	}
	return e.written(content)
}

// AddTokens obtains a token over each signature that has none, of the envelope in a file that is about some content.
func AddTokens(file string, about []byte, stamp Stamp) (*Written, error) {
	e, missing, err := openUnstamped(file, about)
	if err != nil {
		return nil, err
	}
	for _, i := range missing {
		if err := e.stamp(i, stamp); err != nil {
			return nil, err
		}
	}
	return e.written(e.content)
}

// AddToken adds a token that was made elsewhere, a reply or a bare token in DER, to the signature that it is about.
func AddToken(file string, about, token []byte) (*Written, error) {
	e, missing, err := openUnstamped(file, about)
	if err != nil {
		return nil, err
	}
	reply, parsed, err := timestamp.Parse(token)
	if err != nil {
		return nil, err
	}
	for _, i := range missing {
		if parsed.Covers(e.parsed.Signatures[i].Sig) == nil {
			if err := e.stamp(i, func([]byte) ([]byte, error) { return reply, nil }); err != nil {
				return nil, err
			}
			return e.written(e.content)
		}
	}
	return nil, fmt.Errorf("%w: none of the %d signatures in %s without a token; --timestamp-request writes what is to be stamped",
		timestamp.ErrImprint, len(missing), file)
}

// Request is what to send to an authority for a token over the newest signature that has none: TimeStampReq in DER. It has no
// nonce: the token is added by another run, which would not know it, and an older token over the same signature shows as much.
func Request(file string, about []byte, policy string) ([]byte, error) {
	e, missing, err := openUnstamped(file, about)
	if err != nil {
		return nil, err
	}
	query, err := timestamp.NewQuery(e.parsed.Signatures[missing[len(missing)-1]].Sig, policy)
	if err != nil {
		return nil, err
	}
	return query.Marshal()
}

// openUnstamped reads the envelope about some content and lists its signatures that have no token; there is one at least.
func openUnstamped(file string, about []byte) (*Envelope, []int, error) {
	e, err := openEnvelope(file)
	switch {
	case err != nil:
		return nil, nil, err
	case e.content == nil:
		return nil, nil, fmt.Errorf("%s: %w", file, errAbsent)
	case digestIn(e.parsed) != shaOf(about):
		return nil, nil, fmt.Errorf("%s: %w: sign again, or name the file that was signed", file, ErrDiffers)
	}
	var missing []int
	for i := range e.bundles {
		if e.bundles[i] == nil || e.bundles[i].Reply == nil {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return nil, nil, fmt.Errorf("%s: %w", file, ErrStamped)
	}
	return e, missing, nil
}

// stampLast obtains a token over the last signature of a new content of the envelope.
func (e *Envelope) stampLast(content []byte, stamp Stamp) error {
	if stamp == nil {
		return nil
	}
	var err error
	if e.parsed, err = signature.Decode(content); err != nil {
		return err
	}
	last := len(e.parsed.Signatures) - 1
	if last >= MaxBundles {
		return fmt.Errorf("%s: time stamps are kept for the first %d signatures", e.file, MaxBundles)
	}
	for len(e.bundles) <= last {
		e.bundles = append(e.bundles, nil)
	}
	return e.stamp(last, stamp)
}

// stamp obtains a token over a signature.
func (e *Envelope) stamp(index int, stamp Stamp) error {
	b := e.bundles[index]
	if b == nil {
		b = sigstore.Of(e.parsed, index)
	}
	reply, err := stamp(b.Signature())
	if err != nil {
		return fmt.Errorf("no time stamp, and nothing is written: %w", err)
	}
	token, err := timestamp.ParseReply(reply)
	if err != nil {
		return err
	}
	b.Reply, e.bundles[index], e.tokens = reply, b, append(e.tokens, token)
	return token.Covers(b.Signature())
}

func (e *Envelope) written(content []byte) (*Written, error) {
	files, err := e.write(content)
	return &Written{files, e.tokens}, err
}
