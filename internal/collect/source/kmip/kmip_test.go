package kmip

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/payloads"
	"github.com/ovh/kmip-go/ttlv"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/kmip"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// What was measured of github.com/ovh/kmip-go v0.9.2, and what holds here in its place:
//
//	a server settles on the lowest version, one of 1.4 alone cannot be dialled   TestVersions
//	a batch goes on after an error, or loses its reason                         TestBatchesStop, TestARefusalNamesTheObject
//	answers are not held against questions                                      "too few answers" to "another version" of TestTheSectionFails
//	LocatedItems is left out                                                    TestObjectsThatAreNotCounted
//	more ids than asked for, repeats, a list without an end                     TestTheSectionFails, TestListsWithoutAnEnd
//	a usage mask of 0, durations, names with line ends                          TestWhatIsKept, TestSecretsThatComeUnasked, FuzzKept of the reader

// opened is a source that asks an address as the client of a PKI, and does not wait.
func opened(t *testing.T, address string, p *collecttest.PKI) *source {
	t.Helper()
	_, form := format(t)
	s, err := open(collect.Values{"endpoint": {address}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}, collect.Env{Form: form})
	must(t, err)
	s.wait = func(int) time.Duration { return 0 }
	s.limits.Pages, s.limits.Items = 50, 5000
	return s
}

func read(t *testing.T, s *source) (collect.Result, error) {
	t.Helper()
	return s.Collect(t.Context(), collect.Request{ServiceID: domain, At: at, Progress: func(string) {}})
}

// whole reads a server without faults.
func whole(t *testing.T, s *source) collect.Result {
	t.Helper()
	result, err := read(t, s)
	if err != nil || len(result.Failed) > 0 || len(result.Parts) != 1 {
		t.Fatalf("%v, failed %v", err, result.Failed)
	}
	return result
}

// failed is the error of a section that could not be read.
func failed(t *testing.T, s *source) *collect.UnreadError {
	t.Helper()
	result, err := read(t, s)
	must(t, err)
	unread, ok := result.Failed["kmip"].(*collect.UnreadError)
	if !ok || len(result.Parts) > 0 {
		t.Fatalf("failed %v, parts %+v", result.Failed, result.Parts)
	}
	return unread
}

// told are the fields of the section as JSON.
func told(t *testing.T, result collect.Result) string {
	t.Helper()
	encoded, err := json.Marshal(result.Parts[0].Fields)
	must(t, err)
	return string(encoded)
}

// inventory is what is kept.
func inventory(t *testing.T, result collect.Result) interpret.Inventory {
	t.Helper()
	if len(result.Parts[0].Answers) != 1 {
		t.Fatalf("%d answers", len(result.Parts[0].Answers))
	}
	return result.Parts[0].Answers[0].Body.(interpret.Inventory)
}

func TestObjectsInTheWordsOfEvidence(t *testing.T) {
	day := func(year int) time.Time { return time.Date(year, 3, 1, 23, 30, 0, 0, time.FixedZone("", 3600)) }
	object := func(kind kmip.ObjectType, state kmip.State, more ...kmip.Attribute) managed {
		return managed{id: "1", attributes: append([]kmip.Attribute{of(kmip.AttributeNameObjectType, kind), of(kmip.AttributeNameState, state)}, more...)}
	}
	made := of(kmip.AttributeNameInitialDate, day(2026))
	for name, test := range map[string]struct {
		object      managed
		want, notes string
	}{
		"a key in use":                {object(kmip.ObjectTypeSymmetricKey, kmip.StateActive, made, of(kmip.AttributeNameExtractable, false)), `"type":"SymmetricKey","state":"Active","created_at":"2026-03-01T22:30:00Z","extractable":false`, ""},
		"a planned end":               {object(kmip.ObjectTypePrivateKey, kmip.StateActive, of(kmip.AttributeNameDeactivationDate, day(2030))), `"type":"PrivateKey","state":"Active","deactivation_on":"2030-03-01"`, ""},
		"a planned end before use":    {object(kmip.ObjectTypeSplitKey, kmip.StatePreActive, of(kmip.AttributeNameDeactivationDate, day(2030))), `"type":"SplitKey","state":"PreActive","deactivation_on":"2030-03-01"`, ""},
		"an end":                      {object(kmip.ObjectTypePublicKey, kmip.StateDeactivated, of(kmip.AttributeNameDeactivationDate, day(2026))), `"type":"PublicKey","state":"Deactivated","deactivated_at":"2026-03-01T22:30:00Z"`, ""},
		"an end that is not yet":      {object(kmip.ObjectTypePublicKey, kmip.StateDeactivated, of(kmip.AttributeNameDeactivationDate, day(2030))), `"type":"PublicKey","state":"Deactivated"`, `/kmip/objects/*/deactivated_at is left out of 1 items`},
		"a compromised one":           {object(kmip.ObjectTypeSecretData, kmip.StateCompromised, of(kmip.AttributeNameDeactivationDate, day(2026)), of(kmip.AttributeNameCompromiseDate, day(2026))), `"type":"SecretData","state":"Compromised","deactivated_at":"2026-03-01T22:30:00Z"`, ""},
		"a destroyed one":             {object(kmip.ObjectTypePGPKey, kmip.StateDestroyed), `"type":"PGPKey","state":"Destroyed"`, ""},
		"a destroyed, known one":      {object(0x06, kmip.StateDestroyedCompromised), `"type":"Template","state":"DestroyedCompromised"`, ""},
		"one without a state":         {managed{id: "1", attributes: []kmip.Attribute{of(kmip.AttributeNameObjectType, kmip.ObjectTypeOpaqueObject), of(kmip.AttributeNameDeactivationDate, day(2026))}}, `"type":"OpaqueObject"`, ""},
		"a certificate":               {object(kmip.ObjectTypeCertificate, kmip.StateActive), `"type":"Certificate","state":"Active"`, ""},
		"a type that is new":          {object(0x0A, kmip.StateActive), `"state":"Active"`, `/kmip/objects/*/type is left out of 1 items: the API gives an unknown value, such as "0x0000000A" of 1`},
		"a state that is new":         {object(kmip.ObjectTypeSymmetricKey, 0x80000001), `"type":"SymmetricKey"`, `such as "0x80000001" of 1`},
		"a date that is none":         {object(kmip.ObjectTypeSymmetricKey, kmip.StateActive, of(kmip.AttributeNameInitialDate, time.Unix(1<<50, 0))), `"type":"SymmetricKey","state":"Active"`, "/kmip/objects/*/created_at is left out of 1 items"},
		"one that nothing is told of": {managed{id: "1"}, ``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, test.object)
			result := whole(t, opened(t, f.start(), f.pki))
			want := `{"object_count":1,"objects":[{"id":"1",` + test.want + `}]}`
			if diff := cmp.Diff(strings.Replace(want, ",}", "}", 1), told(t, result)); diff != "" {
				t.Error(diff)
			}
			if notes := strings.Join(result.Notes[2:], "\n"); !strings.Contains(notes, test.notes) || test.notes == "" && notes != "" {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// Of the attributes those are kept that say what an object is, in a form that keeps what the library's JSON loses.
func TestWhatIsKept(t *testing.T) {
	digests := []kmip.Digest{{HashingAlgorithm: kmip.HashingAlgorithmSHA_256, DigestValue: []byte{0xAB, 1}, KeyFormatType: kmip.KeyFormatTypeRaw}}
	f := newFake(t, key(2,
		of(kmip.AttributeNameName, kmip.Name{NameValue: "second\nline", NameType: kmip.NameTypeUninterpretedTextString}),
		of(kmip.AttributeNameName, kmip.Name{NameValue: "first", NameType: kmip.NameTypeUri}),
		of(kmip.AttributeNameObjectGroup, "tde"), of(kmip.AttributeNameObjectGroup, "ledger"),
		of(kmip.AttributeNameCryptographicAlgorithm, kmip.CryptographicAlgorithmAES), of(kmip.AttributeNameCryptographicLength, int32(256)),
		of(kmip.AttributeNameCryptographicUsageMask, kmip.CryptographicUsageMask(0)), of(kmip.AttributeNameDigest, digests[0]),
		of(kmip.AttributeNameActivationDate, at), of(kmip.AttributeNameArchiveDate, at), of(kmip.AttributeNameOriginalCreationDate, at),
		of(kmip.AttributeNameSensitive, true), of(kmip.AttributeNameAlwaysSensitive, false), of(kmip.AttributeNameNeverExtractable, false),
	), managed{id: objectID(1), isArchived: true, attributes: []kmip.Attribute{
		of(kmip.AttributeNameObjectType, kmip.ObjectTypeSecretData), of(kmip.AttributeNameDigest, digests[0]),
		of(kmip.AttributeNameCryptographicUsageMask, kmip.CryptographicUsageEncrypt|kmip.CryptographicUsageDecrypt),
	}})
	result := whole(t, opened(t, f.start(), f.pki))
	encoded, err := json.Marshal(inventory(t, result))
	must(t, err)
	const instant = `"2026-11-20T00:00:00Z"`
	want := `{"located":2,"objects":[` +
		`{"id":"` + objectID(1) + `","type":"SecretData","usage_mask":12},` +
		`{"activation_date":` + instant + `,"algorithm":"AES","always_sensitive":false,"archive_date":` + instant +
		`,"digests":[{"algorithm":"SHA_256","key_format":"Raw","value":"ab01"}],"extractable":true,"groups":["ledger","tde"],"id":"` + objectID(2) +
		`","initial_date":"2026-01-02T03:04:05Z","length":256,"names":["first","second\nline"],"never_extractable":false,"original_creation_date":` + instant +
		`,"sensitive":true,"state":"Active","type":"SymmetricKey","usage_mask":0}],"version":"1.4"}`
	if diff := cmp.Diff(want, string(encoded)); diff != "" {
		t.Error(diff)
	}
	if origin := result.Parts[0].Answers[0].Origin; !strings.HasPrefix(origin, "kmip://127.0.0.1:") {
		t.Errorf("origin %s", origin)
	}
}

// A server that tells more than it was asked for: custom attributes and texts that people write, with secrets of many names in them.
func TestSecretsThatComeUnasked(t *testing.T) {
	const planted = "s3cr3t"
	names := []kmip.AttributeName{
		"x-key", "x-KeyMaterial", "x-password", "x-token", "x-secret", "x-note", "y-private", "y-pin", "z-vendor", "Key Material", "Key Block", "Secret Data",
		kmip.AttributeNameContactInformation, kmip.AttributeNameDescription, kmip.AttributeNameComment, kmip.AttributeNamePKCS_12FriendlyName,
		"Operation Policy Name",
	}
	var more []kmip.Attribute
	for i, name := range names {
		more = append(more, of(name, fmt.Sprintf("%s-%d", planted, i)))
	}
	more = append(more,
		of("x-bytes", []byte(planted)), of("x-number", int32(20261120)), of("x-flag", true), of("x-date", at),
		of("x-struct", ttlv.Struct{{Tag: kmip.TagKeyMaterial, Value: []byte(planted)}}),
		of(kmip.AttributeNameApplicationSpecificInformation, kmip.ApplicationSpecificInformation{ApplicationNamespace: planted, ApplicationData: planted}),
		of(kmip.AttributeNameRevocationReason, kmip.RevocationReason{RevocationReasonCode: kmip.RevocationReasonCodeSuperseded, RevocationMessage: planted}),
		of(kmip.AttributeNameAlternativeName, kmip.AlternativeName{AlternativeNameValue: planted, AlternativeNameType: kmip.AlternativeNameTypeUninterpretedTextString}),
		of(kmip.AttributeNameLink, kmip.Link{LinkType: kmip.LinkTypeNextLink, LinkedObjectIdentifier: planted}),
		of(kmip.AttributeNameKeyValueLocation, kmip.KeyValueLocation{KeyValueLocationValue: planted, KeyValueLocationType: kmip.KeyValueLocationTypeUninterpretedTextString}),
		of(kmip.AttributeNameX509CertificateSubject, kmip.X_509CertificateSubject{SubjectDistinguishedName: []byte(planted)}),
		of(kmip.AttributeNameLeaseTime, 3*time.Second), of(kmip.AttributeNameFresh, true), of(kmip.AttributeNameCertificateLength, int32(3)),
	)
	f := newFake(t, key(1, more...), key(2))
	f.isTalkative = true
	result := whole(t, opened(t, f.start(), f.pki))
	plain := newFake(t, key(1), key(2))
	bare := whole(t, opened(t, plain.start(), plain.pki))
	if diff := cmp.Diff(inventory(t, bare), inventory(t, result)); diff != "" {
		t.Errorf("more is kept: %s", diff)
	}
	everything, err := json.Marshal(result)
	must(t, err)
	for _, secret := range []string{planted, "czNjcjN0", "733363723374", "20261120"} { // as it is, in base64, in hexadecimal digits
		if strings.Contains(strings.ToLower(string(everything)), strings.ToLower(secret)) {
			t.Errorf("%s is kept: %s", secret, everything)
		}
	}
	for _, name := range names {
		if slices.Contains(f.names, name) {
			t.Errorf("%s is asked for", name)
		}
	}
}

func TestPages(t *testing.T) {
	for name, test := range map[string]struct{ objects, most int }{
		"none": {0, 0}, "one": {1, 0}, "a page": {20, 0}, "two pages": {21, 0}, "many pages": {130, 0}, "small answers": {45, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(test.objects)...)
			slices.Reverse(f.objects)
			f.most = test.most
			s := opened(t, f.start(), f.pki)
			s.page, s.batch = 20, 7
			var got struct {
				Count   int                   `json:"object_count"`
				Objects []struct{ ID string } `json:"objects"`
			}
			must(t, json.Unmarshal([]byte(told(t, whole(t, s))), &got))
			if got.Count != test.objects || got.Objects == nil || len(got.Objects) != test.objects {
				t.Fatalf("%d counted, %d listed", got.Count, len(got.Objects))
			}
			for i, object := range got.Objects {
				if object.ID != objectID(i) {
					t.Errorf("the object %d is %s", i, object.ID)
				}
			}
			for i, size := range f.batches {
				if last := i == len(f.batches)-1; size > 7 || !last && size != 7 {
					t.Errorf("batches of %v", f.batches)
				}
			}
		})
	}
}

// The highest version that both sides know is spoken, in whatever order a server names its own; what a version cannot prove is
// left out.
func TestVersions(t *testing.T) {
	all := []kmip.ProtocolVersion{kmip.V1_0, kmip.V1_1, kmip.V1_2, kmip.V1_3, kmip.V1_4}
	for name, test := range map[string]struct {
		speaks []kmip.ProtocolVersion
		agreed string
	}{
		"all": {all, "1.4"}, "1.4 alone": {all[4:], "1.4"}, "up to 1.3": {all[:4], "1.3"}, "1.3 alone": {all[3:4], "1.3"}, "up to 1.2": {all[:3], "1.2"},
		"1.1 alone": {all[1:2], "1.1"}, "1.0 alone": {all[:1], "1.0"}, "1.0 and what is to come": {[]kmip.ProtocolVersion{kmip.V1_4, {ProtocolVersionMajor: 2}}, "1.4"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(30)...)
			f.speaks(test.speaks...)
			s := opened(t, f.start(), f.pki)
			s.page = 20
			result := whole(t, s)
			kept := inventory(t, result)
			isCounted := strings.Contains(told(t, result), `"object_count":30`)
			if kept.Version != test.agreed || len(kept.Objects) != 30 || isCounted != (test.agreed >= "1.3") || (kept.Located != nil) != (test.agreed >= "1.3") {
				t.Errorf("version %s, %d objects, counted: %v, located: %v", kept.Version, len(kept.Objects), isCounted, kept.Located)
			}
			if isAsked := slices.Contains(f.names, kmip.AttributeNameExtractable); isAsked != (test.agreed == "1.4") {
				t.Errorf("Extractable is asked for: %v", isAsked)
			}
			notes := strings.Join(result.Notes, "\n")
			if !strings.Contains(notes, "speak KMIP "+test.agreed) || strings.Contains(notes, "object_count is left out") == isCounted {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// A batch ends at the first error: a server that went on would hide it behind the answers that follow.
func TestBatchesStop(t *testing.T) {
	f := newFake(t, keys(12)...)
	s := opened(t, f.start(), f.pki)
	s.batch = 5
	isBatch := false
	f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
		if size := len(message.BatchItem); size > 1 {
			isBatch = true
			if message.Header.BatchErrorContinuationOption != kmip.BatchErrorContinuationOptionStop || int(message.Header.BatchCount) != size {
				t.Errorf("%+v", message.Header)
			}
		}
		return nil
	}
	if whole(t, s); !isBatch {
		t.Error("nothing is asked in batches")
	}
}

// A server that has no archive, or says nothing of it, is asked for the rest; then nobody knows how many objects there are.
func TestArchive(t *testing.T) {
	f := newFake(t, key(1), managed{id: objectID(2), isArchived: true})
	s := opened(t, f.start(), f.pki)
	if got := told(t, whole(t, s)); !strings.Contains(got, `"object_count":2`) {
		t.Errorf("%s", got)
	}
	f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
		if locates(message) != nil && locates(message).StorageStatusMask != 0 {
			return refuses(message, kmip.ResultReasonFeatureNotSupported, "no archive")
		}
		return nil
	}
	result := whole(t, s)
	if got := told(t, result); strings.Contains(got, "object_count") || !strings.Contains(got, objectID(1)) || strings.Contains(got, objectID(2)) {
		t.Errorf("%s", got)
	}
	if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, "in its archive") {
		t.Errorf("notes %q", notes)
	}
	if !inventory(t, result).OnlineOnly {
		t.Error("what is kept does not say so")
	}
}

// Attributes that are in the archive with their object are not told, and those of the others are.
func TestArchivedAttributes(t *testing.T) {
	f := newFake(t, keys(10)...)
	f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
		return withRefusal(f, message, objectID(4), kmip.ResultReasonObjectArchived)
	}
	kept := inventory(t, whole(t, opened(t, f.start(), f.pki)))
	for i, object := range kept.Objects {
		if object.ID != objectID(i) || (object.State == "") != (i == 4) {
			t.Errorf("object %d: %+v", i, object)
		}
	}
	if diff := cmp.Diff([]int{10, 5}, f.batches); diff != "" || len(kept.Objects) != 10 {
		t.Errorf("%d objects, %s", len(kept.Objects), diff)
	}
}

// A server that cannot answer about many objects at once, or takes no batches, is asked about fewer.
func TestSmallerBatches(t *testing.T) {
	for name, test := range map[string]struct {
		most   int
		reason kmip.ResultReason
	}{
		"answers that are too large": {4, kmip.ResultReasonResponseTooLarge}, "no batches": {1, kmip.ResultReasonInvalidMessage}, "small batches": {3, kmip.ResultReasonFeatureNotSupported},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(60)...)
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				if len(message.BatchItem) > test.most {
					return refuses(message, test.reason, "")
				}
				return nil
			}
			if kept := inventory(t, whole(t, opened(t, f.start(), f.pki))); len(kept.Objects) != 60 {
				t.Errorf("%d objects", len(kept.Objects))
			}
			if refused := slices.DeleteFunc(slices.Clone(f.batches), func(size int) bool { return size <= test.most }); len(refused) > 6 || !slices.Equal(refused, f.batches[:len(refused)]) {
				t.Errorf("batches of %v", f.batches)
			}
		})
	}
}

// The program has no words for an operation that answers key material or changes anything: it imports no client, names three
// payloads, and sends no other.
func TestNothingElseCanBeAsked(t *testing.T) {
	if _, err := request(kmip.V1_4, []question{another{}}); err == nil || !strings.Contains(err.Error(), "refused to send a request: Destroy") {
		t.Errorf("%v", err)
	}
	allowed := []string{
		"DiscoverVersionsRequestPayload", "DiscoverVersionsResponsePayload", "LocateRequestPayload", "LocateResponsePayload", "GetAttributesRequestPayload", "GetAttributesResponsePayload",
	}
	files, err := os.ReadDir(".")
	must(t, err)
	seen := 0
	for _, entry := range files {
		if strings.HasSuffix(entry.Name(), "_test.go") || !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		must(t, err)
		for _, imported := range file.Imports {
			if path := strings.Trim(imported.Path.Value, `"`); strings.HasPrefix(path, "github.com/ovh/kmip-go/") && path != "github.com/ovh/kmip-go/payloads" && path != "github.com/ovh/kmip-go/ttlv" {
				t.Errorf("%s imports %s", entry.Name(), path)
			}
		}
		ast.Inspect(file, func(node ast.Node) bool {
			selected, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch from, _ := selected.X.(*ast.Ident); {
			case from == nil:
			case from.Name == "payloads":
				seen++
				if !slices.Contains(allowed, selected.Sel.Name) {
					t.Errorf("%s names payloads.%s", entry.Name(), selected.Sel.Name)
				}
			case from.Name == "kmip" && (strings.HasPrefix(selected.Sel.Name, "NewRequest") || strings.HasPrefix(selected.Sel.Name, "NewUnknown")):
				t.Errorf("%s names kmip.%s", entry.Name(), selected.Sel.Name)
			}
			return true
		})
	}
	if seen < len(allowed) {
		t.Errorf("%d payloads are seen", seen)
	}
}

func TestMany(t *testing.T) {
	n := testhelp.Rounds(20_000, 4000)
	f := newFake(t, keys(n)...)
	places := map[string]int{}
	for i := range f.objects {
		places[f.objects[i].id] = i
	}
	f.place = places
	s := opened(t, f.start(), f.pki)
	s.limits.Items = n
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result := whole(t, s)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if growth := int64(after.HeapAlloc) - int64(before.HeapAlloc); growth > 2000*int64(n) { // what is kept, in bytes of each object
		t.Errorf("%d bytes are held", growth)
	}
	if kept := inventory(t, result); len(kept.Objects) != n || !strings.Contains(told(t, result), fmt.Sprintf(`"object_count":%d`, n)) {
		t.Errorf("%d objects", len(kept.Objects))
	}
	if want := n/batchSize + 2*(n/pageSize+1) + 1; f.n != want { // the list is asked for twice
		t.Errorf("%d messages, expected %d", f.n, want)
	}
}

// A server need not say how many objects there are, whatever its version: the list is read until an answer is empty. It counts as whole
// only where the version can ask for what follows.
func TestObjectsThatAreNotCounted(t *testing.T) {
	for version, isCounted := range map[kmip.ProtocolVersion]bool{kmip.V1_4: true, kmip.V1_3: true, kmip.V1_2: false} {
		t.Run(version.String(), func(t *testing.T) {
			f := newFake(t, keys(45)...)
			f.speaks(version)
			f.most = map[bool]int{true: 7}[isCounted]
			pages := 0
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				if locates(message) == nil {
					return nil
				}
				answer := f.exec.HandleRequest(t.Context(), message)
				answer.BatchItem[0].ResponsePayload.(*payloads.LocateResponsePayload).LocatedItems = nil
				pages++
				return answer
			}
			s := opened(t, f.start(), f.pki)
			s.page = 20
			result := whole(t, s)
			kept := inventory(t, result)
			if got := strings.Contains(told(t, result), `"object_count":45`); len(kept.Objects) != 45 || kept.Located != nil || got != isCounted {
				t.Errorf("%d objects, located %v, counted %v", len(kept.Objects), kept.Located, got)
			}
			if want := map[bool]int{true: 16, false: 1}[isCounted]; pages != want { // seven of seven, and an empty one, twice
				t.Errorf("%d pages, expected %d", pages, want)
			}
		})
	}
}
