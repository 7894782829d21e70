package kmip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovh/kmip-go"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

func recorded(t *testing.T, f *fake) collecttest.Recording {
	t.Helper()
	address := f.start()
	kind := Kind
	kind.New = func(values collect.Values, env collect.Env) (collect.Source, error) {
		s, err := open(values, env)
		if err == nil {
			s.wait = func(int) time.Duration { return 0 }
			s.page, s.batch = 40, 7
		}
		return s, err
	}
	values := collect.Values{"endpoint": {address}, "cert": {f.pki.Client.Cert}, "key": {f.pki.Client.Key}, "ca": {f.pki.Authority.File(t)}}
	config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: kind, Values: values}}}
	return collecttest.Record(t, collect.Env{}, config, at)
}

// small is the source with the sizes of the recording: a session answers what was asked.
func small() collect.Kind {
	kind := Kind
	kind.New = func(values collect.Values, env collect.Env) (collect.Source, error) {
		s, err := open(values, env)
		if err == nil {
			s.page, s.batch = 40, 7
		}
		return s, err
	}
	return kind
}

// talkative objects have names, groups, digests, and attributes that are not asked for.
func talkative(n int) []managed {
	var all []managed
	for i := range n {
		all = append(all, key(n-i, // the server lists them in no order
			of(kmip.AttributeNameName, kmip.Name{NameValue: "payments-db-planted", NameType: kmip.NameTypeUninterpretedTextString}),
			of(kmip.AttributeNameObjectGroup, "vmware-planted"), of(kmip.AttributeNameCryptographicLength, int32(256)),
			of(kmip.AttributeNameDigest, kmip.Digest{HashingAlgorithm: kmip.HashingAlgorithmSHA_256, DigestValue: []byte("planted-planted-planted-planted-")}),
			of(kmip.AttributeNameContactInformation, "ines planted"), of("x-planted", "planted")))
	}
	return all
}

// The answers of a KMIP server are recorded question by question: the same code reads them of the session, in other batches.
func TestSessions(t *testing.T) {
	for name, change := range map[string]func(*fake){
		"KMIP 1.4":      func(*fake) {},
		"KMIP 1.2":      func(f *fake) { f.speaks(kmip.V1_2, kmip.V1_1) },
		"talkative":     func(f *fake) { f.isTalkative = true },
		"small batches": func(f *fake) { f.fault = tooLarge(3) },
		"an archive": func(f *fake) {
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				return withRefusal(f, message, objectID(5), kmip.ResultReasonObjectArchived)
			}
		},
		"cut connections": func(f *fake) {
			f.fault = func(message *kmip.RequestMessage, n int) *kmip.ResponseMessage {
				if n == 3 {
					return refuses(message, kmip.ResultReasonGeneralFailure, "try again, ines@corp.example")
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, talkative(103)...)
			change(f)
			recording := recorded(t, f)
			if o := recording.Outcomes[0]; o.Err != nil || len(o.Result.Parts) != 1 {
				t.Fatalf("%v, %v", o.Err, o.Result.Failed)
			}
			private, err := os.ReadFile(f.pki.Client.Key)
			must(t, err)
			if n := collecttest.Lacks(t, recording.Folder, "planted", "706c616e746564", "ines", "corp.example", domain, strings.Split(string(private), "\n")[1], filepath.Base(f.pki.Client.Cert)); n < 100 {
				t.Errorf("the session has %d files", n)
			}
			outcomes, _ := collecttest.Replay(t, recording.Folder, small())
			recording.Same(t, outcomes)
		})
	}
}

// tooLarge refuses messages of more questions.
func tooLarge(most int) func(*kmip.RequestMessage, int) *kmip.ResponseMessage {
	return func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
		if len(message.BatchItem) > most {
			return refuses(message, kmip.ResultReasonResponseTooLarge, "too many")
		}
		return nil
	}
}

// What fails is of the same class when it is replayed.
func TestFaultsAreReplayed(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fake)
		says   string
	}{
		"a refusal": {func(f *fake) {
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				if locates(message) != nil {
					return refuses(message, kmip.ResultReasonPermissionDenied, "ines@corp.example may not")
				}
				return nil
			}
		}, "may not): allow the certificate's identity the IAM action okms:kmip:locate"},
		"attributes are refused": {func(f *fake) {
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				return withRefusal(f, message, objectID(5), kmip.ResultReasonPermissionDenied)
			}
		}, "PermissionDenied for the object 00000000-"},
		"an unknown certificate": {func(f *fake) {
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				return refuses(message, kmip.ResultReasonAuthenticationNotSuccessful, "")
			}
		}, "check that the certificate is one of this domain"},
		"another operation": {func(f *fake) {
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				if locates(message) != nil {
					return answers(message)
				}
				return nil
			}
		}, "it answers 0 of 1 questions"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(20)...)
			test.change(f)
			recording := recorded(t, f)
			collecttest.Lacks(t, recording.Folder, "ines", "corp.example", domain)
			outcomes, _ := collecttest.Replay(t, recording.Folder, small())
			recording.Same(t, outcomes)
			before, _ := recording.Outcomes[0].Result.Failed["kmip"].(*collect.UnreadError)
			after, _ := outcomes[0].Result.Failed["kmip"].(*collect.UnreadError)
			if before == nil || after == nil || before.Class != after.Class || before.Unit != after.Unit || !strings.Contains(after.Error(), test.says) {
				t.Errorf("%+v; replayed %+v", before, after)
			}
		})
	}
}
