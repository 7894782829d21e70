package verify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/sigstore"
	"github.com/raci-check/raci-check/internal/timestamp"
	"github.com/raci-check/raci-check/internal/timestamp/timestamptest"
	"github.com/raci-check/raci-check/internal/verify"
)

// stampedBy puts a bundle of each signature into the request: with a token of its authority, without where that is nil.
func (s *signedReport) stampedBy(t testing.TB, authorities ...*timestamptest.Authority) {
	t.Helper()
	e, err := signature.Decode(s.request.Envelope)
	must(t, err)
	s.request.Bundles = nil
	for i, a := range authorities {
		b := sigstore.Of(e, i)
		if a != nil {
			b.Reply = a.Reply(t, e.Signatures[i].Sig)
		}
		content, err := b.Encode()
		must(t, err)
		s.request.Bundles = append(s.request.Bundles, content)
	}
}

func trust(t testing.TB, a *timestamptest.Authority) *timestamp.Authorities {
	t.Helper()
	trusted, err := timestamp.ParseAuthorities(timestamptest.PEM(a.Root))
	must(t, err)
	return trusted
}

func stepOf(t testing.TB, v *verify.Verification, name string) verify.Step {
	t.Helper()
	i := slices.IndexFunc(v.Steps, func(s verify.Step) bool { return s.Name == name })
	if i < 0 {
		return verify.Step{}
	}
	return v.Steps[i]
}

// Only what a trusted authority says is a time.
func TestTimestamps(t *testing.T) {
	s := sign(t, nil)
	a := timestamptest.New(t, nil)
	a.Accuracy = time.Second
	s.stampedBy(t, a, nil)

	v := verified(t, s.request)
	if step := stepOf(t, v, "timestamps"); step.State != verify.NotChecked || v.Result != verify.Holds ||
		!strings.HasPrefix(step.Detail, "preparer claims 2020-06-01T12:00:00Z by CN=Test TSA: unverified") {
		t.Errorf("without an authority: %+v", step)
	}
	if stamp := v.SignedBy[0].Stamp; stamp == nil || stamp.Time != "" || stamp.Claimed != "2020-06-01T12:00:00Z" || v.SignedBy[1].Stamp != nil {
		t.Errorf("without an authority: %+v", v.SignedBy)
	}
	fits(t, v)

	s.request.Authorities = trust(t, a)
	v = verified(t, s.request)
	if step := stepOf(t, v, "timestamps"); step.State != verify.Fails || step.Detail != "1 signatures with a time stamp, 2 expected: "+
		"preparer had signed by 2020-06-01T12:00:01Z (2020-06-01T12:00:00Z, accuracy 1s), says CN=Test TSA; no time stamp of approver" {
		t.Errorf("one of two: %+v", step)
	}
	if v.Result != verify.Fails || stepOf(t, v, "statement").State != verify.Holds {
		t.Errorf("what a time stamp says nothing about: %s", states(v))
	}
	s.request.Threshold = 1
	v = verified(t, s.request)
	if stamp := v.SignedBy[0].Stamp; v.Result != verify.Holds || stamp.Time != "2020-06-01T12:00:00Z" || stamp.Claimed != "" || stamp.Policy != timestamptest.Policy {
		t.Errorf("one of one: %s\n%s", v.Result, text(t, v))
	}
	fits(t, v)

	// Tokens of keys that are not given are nobody's business here.
	s.request.Threshold, s.request.Keys = 0, s.request.Keys[:1]
	s.stampedBy(t, a, timestamptest.New(t, nil))
	if v := verified(t, s.request); v.Result != verify.Holds {
		t.Errorf("another signer's authority: %s", text(t, v))
	}
	s.request.Bundles = nil
	if v := verified(t, s.request); v.Result != verify.Fails || !strings.Contains(text(t, v), "no time stamp of preparer") {
		t.Errorf("none at all: %s", text(t, v))
	}
	s.request.Authorities = nil
	if v := verified(t, s.request); stepOf(t, v, "timestamps").Name != "" {
		t.Errorf("nobody asked: %s", states(v))
	}
}

// Whatever is wrong with a token: the step fails and says why.
func TestTimestampsRefused(t *testing.T) {
	s := sign(t, nil)
	a := timestamptest.New(t, nil)
	s.request.Keys, s.request.Authorities = s.request.Keys[:1], trust(t, a)
	e, err := signature.Decode(s.request.Envelope)
	must(t, err)
	bundle := func(index int, reply []byte) []byte {
		b := sigstore.Of(e, index)
		b.Reply = reply
		content, err := b.Encode()
		must(t, err)
		return content
	}
	sig := e.Signatures[0].Sig
	outdated := *a
	outdated.Time = outdated.Time.AddDate(3, 0, 0)
	for name, test := range map[string]struct {
		bundles [][]byte
		says    string
	}{
		"the token of another signature":  {[][]byte{bundle(0, a.Reply(t, e.Signatures[1].Sig))}, timestamp.ErrImprint.Error()},
		"another authority":               {[][]byte{bundle(0, timestamptest.New(t, nil).Reply(t, sig))}, timestamp.ErrChain.Error()},
		"an expired authority":            {[][]byte{bundle(0, outdated.Reply(t, sig))}, timestamp.ErrExpired.Error()},
		"a rejection":                     {[][]byte{bundle(0, timestamptest.Rejection(t))}, timestamp.ErrRejected.Error()},
		"garbage":                         {[][]byte{bundle(0, []byte("x"))}, timestamp.ErrReply.Error()},
		"the bundle of another signature": {[][]byte{bundle(1, a.Reply(t, e.Signatures[1].Sig))}, "it is of another signature"},
		"no bundle":                       {[][]byte{[]byte("x")}, sigstore.ErrBundle.Error()},
		"a bundle of no signature":        {[][]byte{bundle(0, a.Reply(t, sig)), nil, bundle(1, nil)}, "the envelope has no such signature"},
	} {
		s.request.Bundles = test.bundles
		v := verified(t, s.request)
		if step := stepOf(t, v, "timestamps"); step.State != verify.Fails || v.Result != verify.Fails || !strings.Contains(step.Detail, test.says) {
			t.Errorf("%s: %+v, wanted %q in it", name, step, test.says)
		}
	}
	s.request.Bundles = [][]byte{bundle(0, a.Reply(t, sig))}
	s.request.Now = timestamptest.At.Add(-4 * time.Minute)
	if v := verified(t, s.request); v.Result != verify.Holds {
		t.Errorf("a clock that is some minutes slow: %s", text(t, v))
	}
	s.request.Now = timestamptest.At.Add(-time.Hour)
	if v := verified(t, s.request); v.Result != verify.Fails || !strings.Contains(text(t, v), verify.ErrFuture.Error()) {
		t.Errorf("a token of the future: %s", text(t, v))
	}
	s.request.Now, s.request.Policy = time.Time{}, "1.2.3"
	if v := verified(t, s.request); v.Result != verify.Fails || !strings.Contains(text(t, v), timestamp.ErrPolicy.Error()) {
		t.Errorf("another policy: %s", text(t, v))
	}
	s.request.Policy = "x"
	if _, err := verify.Verify(t.Context(), s.request); err == nil || !strings.Contains(err.Error(), "is not a policy") {
		t.Errorf("no policy: %v", err)
	}
}

// An archive keeps the tokens, refuses those that are about something else, and has no others.
func TestArchiveKeepsTimestamps(t *testing.T) {
	s := sign(t, nil)
	a := timestamptest.New(t, nil)
	s.stampedBy(t, nil, a)
	request := s.request
	request.Keys, request.Policies = nil, s.tree
	var archive bytes.Buffer
	must(t, verify.Keep(t.Context(), &archive, request))
	unpacked, err := verify.Unpack(bytes.NewReader(archive.Bytes()), t.TempDir())
	must(t, err)
	unpacked.Keys, unpacked.Rules, unpacked.Tool, unpacked.Threshold = s.request.Keys, s.rules, tool, 1
	unpacked.Authorities = trust(t, a)
	if v := verified(t, unpacked); v.Result != verify.Holds || v.SignedBy[1].Stamp == nil || v.SignedBy[1].Stamp.Time != "2020-06-01T12:00:00Z" {
		t.Errorf("%s", text(t, v))
	}
	request.Bundles = slices.Clone(request.Bundles)
	slices.Reverse(request.Bundles)
	if err := verify.Keep(t.Context(), &bytes.Buffer{}, request); err == nil || !strings.Contains(err.Error(), "it is of another signature") {
		t.Errorf("bundles of other signatures are archived: %v", err)
	}
}

// An envelope that another program made over the same content is called that: nothing was changed, and it is refused.
func TestOtherProgramsEnvelope(t *testing.T) {
	s := sign(t, nil)
	e, err := signature.Decode(s.request.Envelope)
	must(t, err)
	write := func(payload []byte, sigs ...signature.Signature) []byte {
		var list []string
		for _, s := range sigs {
			list = append(list, `{"keyid":"`+s.KeyID+`","sig":"`+base64.StdEncoding.EncodeToString(s.Sig)+`"}`)
		}
		return []byte(`{"payload":"` + base64.StdEncoding.EncodeToString(payload) + `","payloadType":"` + e.PayloadType + `","signatures":[` + strings.Join(list, ",") + "]}")
	}
	anonymous := func(s signature.Signature) signature.Signature { s.KeyID = ""; return s }
	var indented bytes.Buffer
	must(t, json.Indent(&indented, e.Payload, "", "  "))
	resigned := &signature.Envelope{PayloadType: e.PayloadType, Payload: indented.Bytes()}
	must(t, resigned.Sign(s.keys[0]))
	elsewhere := &signature.Envelope{PayloadType: e.PayloadType, Payload: []byte(`{"_type":"x"}`)}
	must(t, elsewhere.Sign(s.keys[0]))
	canonical := func(e *signature.Envelope) []byte {
		content, err := e.Encode()
		must(t, err)
		return content
	}
	renamed := *e
	renamed.Signatures = []signature.Signature{anonymous(e.Signatures[1])}
	changed := bytes.Clone(e.Payload)
	changed[len(changed)-3] ^= 1
	s.request.Threshold = 1
	for name, test := range map[string]struct {
		envelope    []byte
		step        string
		says, never string
	}{
		"another form": {write(e.Payload, e.Signatures...), "signatures",
			"The signature of preparer, approver in it is valid, and its content is the statement about this report, unchanged", "was changed"},
		"no key id":                  {write(e.Payload, anonymous(e.Signatures[1])), "signatures", "The signature of approver in it is valid, and its content is the statement about this report, unchanged", "was changed"},
		"our form, no key id":        {canonical(&renamed), "signatures", "the signature is valid, and its key id is not that of its key: approver made signature 1", "not valid"},
		"white space in the payload": {write(indented.Bytes(), resigned.Signatures...), "signatures", "its content is the statement about this report, in other bytes", "was changed"},
		"our form, white space":      {canonical(resigned), "statement", "says what the report says, in other bytes: another program wrote it", "differs"},
		"another content":            {write(elsewhere.Payload, elsewhere.Signatures...), "signatures", "its content is not the statement about this report", "unchanged"},
		"a changed payload":          {write(changed, e.Signatures...), "signatures", "none of the given keys has signed its content", "unchanged"},
	} {
		s.request.Envelope = test.envelope
		v := verified(t, s.request)
		step := stepOf(t, v, test.step)
		if step.State != verify.Fails || !strings.Contains(step.Detail, test.says) || strings.Contains(step.Detail, test.never) || len(v.SignedBy) > 0 && test.step == "signatures" || v.Verdict != "" {
			t.Errorf("%s: %+v, wanted %q in it", name, step, test.says)
		}
	}
}

// What sign does to the files beside a report.
func TestFilesOfSignatures(t *testing.T) {
	s := sign(t, nil)
	a := timestamptest.New(t, nil)
	file := filepath.Join(t.TempDir(), report+attest.Suffix)
	stamp := func(sig []byte) ([]byte, error) { return a.Reply(t, sig), nil }
	add := func(key int, stamp attest.Stamp) (*attest.Written, error) {
		return attest.AddTo(file, func(existing []byte) ([]byte, error) {
			return attest.SignReport(report, s.request.Report, s.keys[key], existing)
		}, stamp)
	}
	names := func(w *attest.Written) string {
		var all []string
		for _, name := range w.Files {
			all = append(all, filepath.Base(name))
		}
		return strings.Join(all, " ")
	}
	_, err := attest.AddTokens(file, s.request.Report, stamp)
	expect(t, err, "there is no envelope: sign first")
	w, err := add(0, nil)
	must(t, err)
	if names(w) != "report.json.dsse.json report.json.1.sigstore.json" || len(w.Tokens) != 0 {
		t.Errorf("the first: %s", names(w))
	}
	// An authority that refuses leaves everything as it was.
	before := contents(t, filepath.Dir(file))
	_, err = add(1, func([]byte) ([]byte, error) { return nil, timestamp.ErrRejected })
	expect(t, err, "nothing is written: "+timestamp.ErrRejected.Error())
	_, err = add(1, func([]byte) ([]byte, error) { return a.Reply(t, []byte("another")), nil })
	expect(t, err, timestamp.ErrImprint.Error())
	if after := contents(t, filepath.Dir(file)); after != before {
		t.Error("something is written")
	}
	w, err = add(1, stamp)
	must(t, err)
	if names(w) != "report.json.dsse.json report.json.2.sigstore.json" || len(w.Tokens) != 1 {
		t.Errorf("the second: %s", names(w))
	}
	// The first has no token yet: what must be stamped is its signature.
	e, err := signature.Decode([]byte(get(t, file)))
	must(t, err)
	der, err := attest.Request(file, s.request.Report, "")
	must(t, err)
	query, err := timestamp.NewQuery(e.Signatures[0].Sig, "")
	must(t, err)
	if expected, err := query.Marshal(); err != nil || !bytes.Equal(der, expected) {
		t.Errorf("asks for %x: %v", der, err)
	}
	_, err = attest.AddToken(file, s.request.Report, a.Reply(t, e.Signatures[1].Sig))
	expect(t, err, "none of the 1 signatures")
	_, err = attest.AddToken(file, []byte("another report"), a.Reply(t, e.Signatures[0].Sig))
	expect(t, err, attest.ErrDiffers.Error())
	w, err = attest.AddToken(file, s.request.Report, a.Reply(t, e.Signatures[0].Sig))
	must(t, err)
	if names(w) != "report.json.1.sigstore.json" || len(w.Tokens) != 1 {
		t.Errorf("the token: %s", names(w))
	}
	_, err = attest.AddTokens(file, s.request.Report, stamp)
	expect(t, err, attest.ErrStamped.Error())
	put(t, strings.TrimSuffix(file, attest.Suffix), string(s.request.Report))
	request, err := verify.Read(strings.TrimSuffix(file, attest.Suffix), "")
	must(t, err)
	request.Keys, request.Rules, request.Tool, request.Authorities = s.request.Keys, s.rules, tool, trust(t, a)
	if v := verified(t, request); v.Result != verify.Holds || v.SignedBy[0].Stamp == nil || v.SignedBy[1].Stamp == nil {
		t.Errorf("%s", text(t, v))
	}
	// A bundle that was changed is not overwritten: it may hold a token.
	put(t, attest.BundleName(file, 0), get(t, attest.BundleName(file, 0))+" ")
	_, err = attest.AddTokens(file, s.request.Report, stamp)
	expect(t, err, "report.json.1.sigstore.json: not a Sigstore bundle as raci-check sign writes it")
}

func expect(t testing.TB, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%v, wanted %q in it", err, says)
	}
}

func get(t testing.TB, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	must(t, err)
	return string(content)
}

// contents are the names and contents of all files in a folder.
func contents(t testing.TB, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	all := ""
	for _, entry := range entries {
		all += entry.Name() + "\n" + get(t, filepath.Join(folder, entry.Name()))
	}
	return all
}
