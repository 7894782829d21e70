package verify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/sigstore"
	"github.com/raci-check/raci-check/internal/timestamp"
)

// clockError is how far the clock of this machine and that of an authority may be apart.
const clockError = 5 * time.Minute

// ErrFuture says that a token is later than the clock of this machine.
var ErrFuture = errors.New("the time stamp is later than the clock of this machine: one of the two is wrong")

// stamped is the token of a signature, and what is wrong with it.
type stamped struct {
	token *timestamp.Token // nil where there is none
	err   error
}

// timestamps checks the tokens in the bundles beside the envelope. Without authorities nothing is said about whom to trust: a
// token then claims a time. It is not asked where there is no token and no authority.
func (v *Verification) timestamps(e *signature.Envelope, r Request) *Step {
	tokens := make([]stamped, len(e.Signatures))
	present := r.Authorities != nil
	for i, content := range r.Bundles {
		if content == nil {
			continue
		}
		var t stamped
		if i >= len(tokens) {
			t.err = errors.New("the envelope has no such signature")
		} else {
			t = v.tokenOf(e, i, r)
		}
		if t.err != nil {
			return &Step{State: Fails, Detail: fmt.Sprintf("in the Sigstore bundle of signature %d: %v", i+1, t.err)}
		}
		tokens[i], present = t, present || t.token != nil
	}
	switch {
	case !present:
		return nil
	case r.Authorities == nil:
		return &Step{State: NotChecked, Detail: v.claims(e, tokens) + "; give the authority's certificate with --tsa-ca"}
	case len(r.Keys) == 0:
		return &Step{State: NotChecked, Detail: "no key is given"}
	}
	return v.times(e, tokens, r)
}

// tokenOf reads the token in the bundle of a signature, and checks that it is about that signature. Of the signatures of other
// keys than the given ones nothing is said, nor of their tokens.
func (v *Verification) tokenOf(e *signature.Envelope, index int, r Request) stamped {
	b, err := sigstore.Decode(r.Bundles[index])
	if err != nil {
		return stamped{err: err}
	}
	if !b.Same(sigstore.Of(e, index)) {
		return stamped{err: errors.New("it is of another signature than the envelope's: restore the one that was written with the envelope, or remove it")}
	}
	if b.Reply == nil || len(r.Keys) > 0 && v.signer(e.Signatures[index].KeyID) == nil {
		return stamped{}
	}
	token, err := timestamp.ParseReply(b.Reply)
	if err == nil {
		err = token.Covers(b.Signature())
	}
	if err == nil && r.Authorities != nil {
		err = token.Verify(r.Authorities, r.Policy)
	}
	if err == nil && !r.Now.IsZero() && token.Time.Add(-token.Accuracy).After(r.Now.Add(clockError)) {
		err = fmt.Errorf("%w: %s, here %s", ErrFuture, format(token.Time), format(r.Now))
	}
	return stamped{token, err}
}

// format is a time in whole seconds, as every report has it.
func format(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// claims says what the tokens claim, of which nobody has checked the authority.
func (v *Verification) claims(e *signature.Envelope, tokens []stamped) string {
	var lines []string
	for i, t := range tokens {
		if t.token == nil {
			continue
		}
		signer := v.signer(e.Signatures[i].KeyID)
		name := fmt.Sprintf("signature %d", i+1)
		if signer != nil {
			signer.Stamp = stampOf(t.token)
			signer.Stamp.Claimed = format(t.token.Time)
			name = signer.Name
		}
		lines = append(lines, fmt.Sprintf("%s claims %s by %s", name, format(t.token.Time), t.token.Authority))
	}
	return strings.Join(lines, ", ") + ": unverified"
}

// times says when the given keys had signed: as many of them as must have signed must have a token.
func (v *Verification) times(e *signature.Envelope, tokens []stamped, r Request) *Step {
	var lines, absent []string
	for i := range v.SignedBy {
		signer := &v.SignedBy[i]
		index := slices.IndexFunc(e.Signatures, func(s signature.Signature) bool { return s.KeyID == signer.KeyID })
		token := tokens[index].token
		if token == nil {
			absent = append(absent, signer.Name)
			continue
		}
		signer.Stamp = stampOf(token)
		signer.Stamp.Time = format(token.Time)
		line := fmt.Sprintf("%s had signed by %s", signer.Name, format(token.Latest().Add(time.Second-1))) // not earlier than the token says
		if token.Accuracy > 0 {
			line += fmt.Sprintf(" (%s, accuracy %s)", format(token.Time), token.Accuracy)
		}
		lines = append(lines, line+", says "+token.Authority)
	}
	s := &Step{State: Holds, Detail: strings.Join(lines, "; ")}
	if len(absent) > 0 {
		if len(lines) > 0 {
			s.Detail += "; "
		}
		s.Detail += "no time stamp of " + strings.Join(absent, ", ")
	}
	if len(lines) < r.Threshold {
		s.State, s.Detail = Fails, fmt.Sprintf("%d signatures with a time stamp, %d expected: %s", len(lines), r.Threshold, s.Detail)
	}
	return s
}

func stampOf(t *timestamp.Token) *Stamp { return &Stamp{Authority: t.Authority, Policy: t.Policy} }

func (v *Verification) signer(keyID string) *Signer {
	for i := range v.SignedBy {
		if v.SignedBy[i].KeyID == keyID {
			return &v.SignedBy[i]
		}
	}
	return nil
}
