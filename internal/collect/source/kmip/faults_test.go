package kmip

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/payloads"
	"github.com/ovh/kmip-go/ttlv"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// connection stands for the address, as the unit of an error of a connection.
const connection = "127.0.0.1:"

// held holds an error against what it must say, its class and its unit.
func held(t *testing.T, unread *collect.UnreadError, class, unit string, says ...string) {
	t.Helper()
	isUnit := unread.Unit == unit || unit == connection && strings.HasPrefix(unread.Unit, connection)
	if unread.Class != class || !isUnit {
		t.Errorf("class %q of %q: %v", unread.Class, unread.Unit, unread)
	}
	for _, want := range says {
		if !strings.Contains(unread.Error(), want) {
			t.Errorf("%v lacks %q", unread, want)
		}
	}
}

func TestMutualTLS(t *testing.T) {
	other := collecttest.NewIssuer(t, "another CA")
	for name, test := range map[string]struct {
		change func(p *collecttest.PKI) (roots *collecttest.Issuer)
		class  string // nothing where it succeeds
		says   []string
	}{
		"all is well": {func(p *collecttest.PKI) *collecttest.Issuer { return p.Authority }, "", nil},
		"TLS 1.2 alone": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Versions = [2]uint16{tls.VersionTLS12, tls.VersionTLS12}
			return p.Authority
		}, "", nil},
		"TLS 1.1 alone": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Versions = [2]uint16{tls.VersionTLS10, tls.VersionTLS11}
			return p.Authority
		},
			httpget.ClassRefused, []string{"protocol version"}},
		"a server of another authority": {func(*collecttest.PKI) *collecttest.Issuer { return other },
			httpget.ClassUnreachable, []string{"the server's certificate is not trusted, by ", "ca.pem", "signed by unknown authority"}},
		"a server of another name": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Server = p.Authority.Issue(t, "server", func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"okms.example"} })
			return p.Authority
		}, httpget.ClassUnreachable, []string{"the server's certificate is not trusted", "127.0.0.1"}},
		"a server whose certificate expired": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Server = p.Authority.Issue(t, "server", func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, -1) })
			return p.Authority
		}, httpget.ClassUnreachable, []string{"the server's certificate is not trusted", "expired"}},
		"a client of another authority": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Client = other.Issue(t, "intruder", nil)
			return p.Authority
		},
			httpget.ClassRefused, []string{"the server does not accept the client certificate (tls: unknown certificate authority)", `is of "CN=intruder", issued by "CN=another CA"`}},
		"a client whose certificate expired": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Client = p.Authority.Issue(t, "old", func(c *x509.Certificate) { c.NotAfter = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) })
			return p.Authority
		}, httpget.ClassRefused, []string{"does not accept the client certificate (tls: expired certificate)", `"CN=old"`, "to 2026-01-02T03:04:05Z"}},
		"a client whose certificate is revoked": {func(p *collecttest.PKI) *collecttest.Issuer {
			p.Revoked[p.Client.Leaf.SerialNumber.String()] = true
			return p.Authority
		}, httpget.ClassRefused, []string{"does not accept the client certificate (tls: bad certificate)", `"CN=collector"`, "not revoked?"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, key(1))
			roots := test.change(f.pki)
			address := f.start()
			asking := *f.pki
			asking.Authority = roots
			s := opened(t, address, &asking)
			if test.class == "" {
				whole(t, s)
				return
			}
			held(t, failed(t, s), test.class, connection, append(test.says, address)...)
			if len(f.operations) > 0 {
				t.Errorf("asked %v", f.operations)
			}
		})
	}
}

// A client never trusts a server because nobody named an authority.
func TestSystemRoots(t *testing.T) {
	f := newFake(t, key(1))
	_, form := format(t)
	s, err := open(collect.Values{"endpoint": {f.start()}, "cert": {f.pki.Client.Cert}, "key": {f.pki.Client.Key}}, collect.Env{Form: form})
	must(t, err)
	held(t, failed(t, s), httpget.ClassUnreachable, connection, "by the system's certificates")
}

func TestOptions(t *testing.T) {
	for text, want := range map[string]string{
		"eu-west-rbx.okms.ovh.net:5696": "eu-west-rbx.okms.ovh.net:5696", "eu-west-rbx.okms.ovh.net": "eu-west-rbx.okms.ovh.net:5696",
		"127.0.0.1:8443": "127.0.0.1:8443", "[::1]:8443": "[::1]:8443", "[::1]": "[::1]:5696",
		"": "", ":5696": "", "https://okms.example": "", "https://okms.example:5696": "", "okms.example/path": "", "okms.example:": "", "okms.example:0": "",
		"okms.example:65536": "", "okms.example:kmip": "", "user:geheim@okms.example:5696": "", "a b:5696": "", "::1": "", "okms.example:5696:1": "",
	} {
		address, host, err := readEndpoint(text)
		switch {
		case want == "" && (err == nil || !strings.Contains(err.Error(), "expected HOST or HOST:PORT") || strings.Contains(err.Error(), "geheim")):
			t.Errorf("%q gives %s, %v", text, address, err)
		case want != "" && (err != nil || address != want || strings.Contains(host, "[")):
			t.Errorf("%q gives %s, %s, %v", text, address, host, err)
		}
	}
	p := collecttest.NewPKI(t)
	for option, value := range map[string]string{"endpoint": "", "cert": "none.pem", "key": p.Client.Cert, "ca": p.Client.Key} {
		values := collect.Values{"endpoint": {"okms.example"}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}
		if _, err := open(values, collect.Env{}); err != nil {
			t.Fatal(err)
		}
		values[option] = []string{value}
		if _, err := open(values, collect.Env{}); err == nil {
			t.Errorf("%s: %q is accepted", option, value)
		}
	}
}

// answered makes the server answer what a function makes of its answer to an operation.
func answered(f *fake, operation kmip.Operation, change func(message *kmip.ResponseMessage)) {
	f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
		if message.BatchItem[0].Operation != operation {
			return nil
		}
		answer := f.exec.HandleRequest(context.Background(), message)
		change(answer)
		return answer
	}
}

// ids changes the identifiers that Locate answers.
func ids(change func(ids []string) []string) func(*kmip.ResponseMessage) {
	return func(message *kmip.ResponseMessage) {
		answer := message.BatchItem[0].ResponsePayload.(*payloads.LocateResponsePayload)
		answer.UniqueIdentifier = change(answer.UniqueIdentifier)
	}
}

// described changes the attributes of the third object of a batch.
func described(change func(answer *payloads.GetAttributesResponsePayload)) func(*kmip.ResponseMessage) {
	return func(message *kmip.ResponseMessage) {
		change(message.BatchItem[2].ResponsePayload.(*payloads.GetAttributesResponsePayload))
	}
}

// What cannot be read to its end is not told, and the error says what to do.
func TestTheSectionFails(t *testing.T) {
	refusing := func(reason kmip.ResultReason) func(*kmip.ResponseMessage) {
		return func(message *kmip.ResponseMessage) {
			item := &message.BatchItem[0]
			message.BatchItem, message.Header.BatchCount = message.BatchItem[:1], 1
			item.ResultStatus, item.ResultReason, item.ResultMessage, item.ResponsePayload = kmip.ResultStatusOperationFailed, reason, "insufficient permission", nil
		}
	}
	const doing = "read the attributes of 5 objects from 00000000-0000-4000-8000-000000000000 on: "
	for name, test := range map[string]struct {
		operation   kmip.Operation
		fault       func(message *kmip.ResponseMessage)
		class, unit string
		says        []string
	}{
		"no right to locate": {kmip.OperationLocate, refusing(kmip.ResultReasonPermissionDenied), httpget.ClassRefused, "Locate",
			[]string{"locate the objects: the server answers PermissionDenied (insufficient permission): allow the certificate's identity the IAM action okms:kmip:locate"}},
		"no right to the attributes": {kmip.OperationGetAttributes, refusing(kmip.ResultReasonPermissionDenied), httpget.ClassRefused, "GetAttributes",
			[]string{doing, "for the object " + objectID(0), "the IAM action okms:kmip:getAttributes on the domain"}},
		"no identity": {kmip.OperationDiscoverVersions, refusing(kmip.ResultReasonAuthenticationNotSuccessful), httpget.ClassRefused, connection,
			[]string{"is a certificate of this domain, not expired (it ends "}},
		"a storm of errors":    {kmip.OperationLocate, refusing(kmip.ResultReasonGeneralFailure), httpget.ClassBroken, "Locate", []string{"GeneralFailure", "asked 6 times"}},
		"a reason that is new": {kmip.OperationLocate, refusing(0x99), httpget.ClassBroken, "Locate", []string{"the server answers 0x00000099"}},
		"no such question":     {kmip.OperationLocate, refusing(kmip.ResultReasonInvalidField), httpget.ClassBroken, "Locate", []string{"InvalidField"}},
		"more objects than asked for": {kmip.OperationLocate, ids(func(ids []string) []string { return append(ids, "a", "b", "c", "d", "e", "f") }), collect.ClassUnusable, "Locate",
			[]string{"the server answers 11 objects, and was asked for at most 10"}},
		"the same objects again":  {kmip.OperationLocate, ids(func([]string) []string { return []string{"a"} }), collect.ClassUnusable, "Locate", []string{"lists a twice", "Run again"}},
		"an object twice":         {kmip.OperationLocate, ids(func([]string) []string { return []string{"a", "a"} }), collect.ClassUnusable, "Locate", []string{"lists a twice"}},
		"an object without an id": {kmip.OperationLocate, ids(func([]string) []string { return []string{""} }), collect.ClassUnusable, "Locate", []string{"an object without an identifier"}},
		"a count of another time": {kmip.OperationLocate, func(message *kmip.ResponseMessage) {
			*message.BatchItem[0].ResponsePayload.(*payloads.LocateResponsePayload).LocatedItems = 7
		}, collect.ClassUnusable, "Locate", []string{"the server counts 7 objects and lists 5"}},
		"an object that is gone": {kmip.OperationLocate, func(message *kmip.ResponseMessage) {
			answer := message.BatchItem[0].ResponsePayload.(*payloads.LocateResponsePayload)
			if answer.LocatedItems = nil; len(answer.UniqueIdentifier) > 0 {
				answer.UniqueIdentifier[4] = "gone"
			}
		}, httpget.ClassAbsent, "GetAttributes", []string{"ItemNotFound for the object gone", "it was listed before, so it was deleted while the objects were read: run again"}},
		"another object is answered": {kmip.OperationGetAttributes, described(func(answer *payloads.GetAttributesResponsePayload) { answer.UniqueIdentifier = objectID(4) }),
			collect.ClassUnusable, "GetAttributes", []string{doing, objectID(2) + " was asked about, and \"" + objectID(4) + "\" is answered"}},
		"a state twice": {kmip.OperationGetAttributes, described(func(answer *payloads.GetAttributesResponsePayload) {
			answer.Attribute = append(answer.Attribute, of(kmip.AttributeNameState, kmip.StateDestroyed))
		}), collect.ClassUnusable, "GetAttributes", []string{objectID(2) + " has the attribute State twice"}},
		"too few answers": {kmip.OperationGetAttributes, func(message *kmip.ResponseMessage) {
			message.BatchItem, message.Header.BatchCount = message.BatchItem[:3], 3
		}, collect.ClassUnusable, "GetAttributes", []string{"it answers 3 of 5 questions"}},
		"too many answers": {kmip.OperationGetAttributes, func(message *kmip.ResponseMessage) {
			message.BatchItem, message.Header.BatchCount = append(message.BatchItem, message.BatchItem[0]), 6
		}, collect.ClassUnusable, "GetAttributes", []string{"it answers 6 questions, 5 were asked"}},
		"a count that is wrong": {kmip.OperationGetAttributes, func(message *kmip.ResponseMessage) { message.Header.BatchCount = 6 },
			collect.ClassUnusable, "GetAttributes", []string{"it says that it has 6 parts, and has 5"}},
		"an answer twice": {kmip.OperationGetAttributes, func(message *kmip.ResponseMessage) { message.BatchItem[3] = message.BatchItem[1] },
			collect.ClassUnusable, "GetAttributes", []string{"a question twice"}},
		"an answer to another question": {kmip.OperationGetAttributes, func(message *kmip.ResponseMessage) { message.BatchItem[3].UniqueBatchItemID = []byte{9} },
			collect.ClassUnusable, "GetAttributes", []string{"a question that was not asked"}},
		"another operation": {kmip.OperationLocate, func(message *kmip.ResponseMessage) {
			message.BatchItem[0].Operation, message.BatchItem[0].ResponsePayload = kmip.OperationActivate, &payloads.ActivateResponsePayload{UniqueIdentifier: "a"}
		}, collect.ClassUnusable, "Locate", []string{"Locate was asked for, and Activate is answered"}},
		"another version": {kmip.OperationLocate, func(message *kmip.ResponseMessage) { message.Header.ProtocolVersion = kmip.V1_3 },
			collect.ClassUnusable, "Locate", []string{"it is of KMIP 1.3, the question was of 1.4"}},
		"a later answer": {kmip.OperationLocate, func(message *kmip.ResponseMessage) {
			message.BatchItem[0].ResultStatus = kmip.ResultStatusOperationPending
		}, httpget.ClassBroken, "Locate", []string{"the server answers"}},
		"no common version": {kmip.OperationDiscoverVersions, func(message *kmip.ResponseMessage) {
			message.BatchItem[0].ResponsePayload = &payloads.DiscoverVersionsResponsePayload{ProtocolVersion: []kmip.ProtocolVersion{{ProtocolVersionMajor: 2, ProtocolVersionMinor: 1}}}
		}, collect.ClassUnusable, "DiscoverVersions", []string{"the server speaks no version of KMIP from 1.0 to 1.4"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(5)...)
			answered(f, test.operation, test.fault)
			s := opened(t, f.start(), f.pki)
			s.page = 10
			held(t, failed(t, s), test.class, test.unit, test.says...)
		})
	}
}

// One object that may not be read is named, whether the server stops there or goes on.
func TestARefusalNamesTheObject(t *testing.T) {
	for name, cut := range map[string]bool{"those that follow are canceled": false, "those that follow are left out": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(6)...)
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				answer := withRefusal(f, message, objectID(3), kmip.ResultReasonPermissionDenied)
				if answer != nil && cut {
					answer.BatchItem, answer.Header.BatchCount = answer.BatchItem[:4], 4
				}
				return answer
			}
			held(t, failed(t, opened(t, f.start(), f.pki)), httpget.ClassRefused, "GetAttributes", "PermissionDenied for the object "+objectID(3)+" (no)", "okms:kmip:getAttributes")
		})
	}
}

// Lists that never end are given up, and none of them is told.
func TestListsWithoutAnEnd(t *testing.T) {
	for name, test := range map[string]struct {
		size int
		says string
	}{"short pages": {1, "another page would follow the 50th"}, "full pages": {200, "more than 5000 objects"}} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fault = func(message *kmip.RequestMessage, n int) *kmip.ResponseMessage {
				if locates(message) == nil {
					return nil
				}
				answer := &payloads.LocateResponsePayload{}
				for i := range test.size {
					answer.UniqueIdentifier = append(answer.UniqueIdentifier, fmt.Sprintf("%d-%d", n, i))
				}
				return answers(message, answer)
			}
			held(t, failed(t, opened(t, f.start(), f.pki)), collect.ClassUnusable, "Locate", test.says)
		})
	}
}

// A domain with more objects than the limit is refused before its attributes are read.
func TestTooManyObjects(t *testing.T) {
	f := newFake(t, keys(60)...)
	s := opened(t, f.start(), f.pki)
	s.page, s.limits.Items = 10, 60
	whole(t, s)
	f.n, s.limits.Items = 0, 59
	if held(t, failed(t, s), collect.ClassUnusable, "Locate", "the server counts 60: more than 59 objects, which is the limit of a list: nothing of it is used"); f.n != 2 {
		t.Errorf("it is noticed after %d messages", f.n)
	}
}

// breaking is a listener whose connections can do what a network does.
type breaking struct {
	net.Listener
	broken func(n int32, conn net.Conn) net.Conn
	n      atomic.Int32
}

func (b *breaking) Accept() (net.Conn, error) {
	conn, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return b.broken(b.n.Add(1), conn), nil
}

// cut is a connection that ends after some writes, the last of them in part.
type cut struct {
	net.Conn
	writes int
}

func (c *cut) Write(content []byte) (int, error) {
	if c.writes--; c.writes < 0 {
		n, _ := c.Conn.Write(content[:len(content)/2])
		_ = c.Conn.Close()
		return n, io.ErrClosedPipe
	}
	return c.Conn.Write(content)
}

// onBroken serves over connections that break.
func (f *fake) onBroken(broken func(n int32, conn net.Conn) net.Conn) string {
	f.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(f.t, err)
	return f.serve(tls.NewListener(&breaking{Listener: listener, broken: broken}, f.pki.Config()))
}

// Faults that pass by are waited out, and leave no trace in what is told.
func TestFaultsThatPass(t *testing.T) {
	good := newFake(t, keys(60)...)
	want := told(t, whole(t, opened(t, good.start(), good.pki)))
	f := newFake(t, keys(60)...)
	connections := int32(0)
	address := f.onBroken(func(n int32, conn net.Conn) net.Conn {
		connections = n
		return &cut{conn, 4 + int(n%3)} // the handshake and some answers
	})
	s := opened(t, address, f.pki)
	s.batch = 10
	if diff := cmp.Diff(want, told(t, whole(t, s))); diff != "" || connections < 2 {
		t.Errorf("%d connections, %s", connections, diff)
	}
}

// A server that is away, or is none.
func TestNothingIsThere(t *testing.T) {
	p := collecttest.NewPKI(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, closed.Close())
	served := func(wrap bool, answer func(conn net.Conn)) string {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		if wrap {
			listener = tls.NewListener(listener, p.Config())
		}
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go func() { defer conn.Close(); answer(conn) }()
			}
		}()
		return listener.Addr().String()
	}
	says := func(text string) func(conn net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, text)
		}
	}
	for name, test := range map[string]struct {
		address, class string
		says           string
	}{
		"no server":                {closed.Addr().String(), httpget.ClassUnreachable, "connection refused (asked 6 times)"},
		"a server without TLS":     {served(false, says("HTTP/1.1 400 Bad Request\r\n\r\n")), httpget.ClassUnreachable, "first record does not look like a TLS handshake"},
		"a server of the web":      {served(true, says("HTTP/1.1 400 Bad Request\r\n\r\n")), collect.ClassUnusable, "it is no KMIP message: is the port that of KMIP (5696)?"},
		"a connection that ends":   {served(true, says("")), httpget.ClassUnreachable, "EOF (asked 6 times)"},
		"an answer that is cut":    {served(true, says("\x42\x00\x7b\x01\x00\x00\x01\x00\x42\x00")), httpget.ClassUnreachable, "unexpected EOF (asked 6 times)"},
		"an answer without an end": {served(true, says("\x42\x00\x7b\x01\x7f\x00\x00\x00")), collect.ClassUnusable, "it is larger than 16777216 bytes"},
		"a server that is silent":  {served(true, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), httpget.ClassUnreachable, "no whole answer within 200ms"},
		"a handshake that hangs":   {served(false, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), httpget.ClassUnreachable, "no whole answer within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, test.address, p)
			s.time = 200 * time.Millisecond
			if !strings.Contains(test.says, "within") {
				s.time = time.Minute
			}
			held(t, failed(t, s), test.class, connection, "connect to "+test.address, test.says)
		})
	}
}

// The whole of it is given up after its time, and soon where nobody waits any more.
func TestTime(t *testing.T) {
	f := newFake(t, key(1))
	release := make(chan struct{})
	f.fault = func(*kmip.RequestMessage, int) *kmip.ResponseMessage { <-release; return nil }
	s := opened(t, f.start(), f.pki)
	t.Cleanup(func() { close(release) }) // before the server waits for its answers
	s.limits.Time = 100 * time.Millisecond
	held(t, failed(t, s), httpget.ClassUnreachable, connection, "it took longer than 100ms")

	s.limits.Time = time.Hour
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("nobody waits")
	time.AfterFunc(100*time.Millisecond, func() { cancel(gone) })
	if result, err := s.Collect(ctx, collect.Request{ServiceID: domain, At: at, Progress: func(string) {}}); !errors.Is(err, gone) || len(result.Failed) > 0 {
		t.Errorf("%v, %v", err, result.Failed)
	}
}

// Whatever a server answers is an answer or an error: here what chance makes of a good answer.
func TestAnswersOfChance(t *testing.T) {
	value := int32(1)
	good := ttlv.MarshalTTLV(answers(&kmip.RequestMessage{Header: kmip.RequestHeader{ProtocolVersion: kmip.V1_4}},
		&payloads.LocateResponsePayload{LocatedItems: &value, UniqueIdentifier: []string{"a"}},
		&payloads.GetAttributesResponsePayload{UniqueIdentifier: "a", Attribute: key(1, of("x-note", "text"), of("x-bytes", []byte{1})).attributes}))
	if _, err := decode(good); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	rounds, refused := testhelp.Rounds(20_000, 4000), 0
	for range rounds {
		content := bytes.Clone(good)
		for range 1 + random.IntN(4) {
			content[random.IntN(len(content))] = byte(random.IntN(256))
		}
		content = content[:len(content)-random.IntN(2)*random.IntN(64)]
		message, err := decode(content)
		if err != nil {
			refused++
			continue
		}
		_, _ = match(kmip.V1_4, []question{locate{}, describe{}}, message)
		for _, item := range message.BatchItem {
			if answer, ok := item.ResponsePayload.(*payloads.GetAttributesResponsePayload); ok {
				_, _ = kept("a", answer.Attribute)
			}
		}
	}
	if refused == 0 || refused == rounds {
		t.Errorf("%d of %d are refused", refused, rounds)
	}
}

// A list that changes while its answers are asked for may lack an object that is there still, whatever the server counts.
func TestAListThatChangesMeanwhile(t *testing.T) {
	end := func(f *fake) { f.objects = f.objects[1:] }
	make := func(f *fake) { f.objects = append(f.objects, key(99)) }
	for name, test := range map[string]struct {
		counts bool
		change []func(*fake)
		says   string // nothing where the list is whole
	}{
		"nothing":                          {true, nil, ""},
		"nothing, and nothing is counted":  {false, nil, ""},
		"one ends":                         {true, []func(*fake){end}, "the server counts 24 objects, and counted 25 before"},
		"one ends, and nothing is counted": {false, []func(*fake){end}, "the list is another one when it is asked for again"},
		"one ends, and one is made":        {true, []func(*fake){end, make}, "the list is another one when it is asked for again"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(25)...)
			pages := 0
			f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
				query := locates(message)
				if query == nil {
					// The server still answers about what has ended, as KMIP does about what is destroyed.
					if all := describedAs(message); all != nil {
						return answers(message, all...)
					}
					return nil
				}
				if pages++; pages == 2 {
					f.mu.Lock()
					for _, change := range test.change {
						change(f)
					}
					f.mu.Unlock()
				}
				answer := f.exec.HandleRequest(context.Background(), message)
				if !test.counts {
					answer.BatchItem[0].ResponsePayload.(*payloads.LocateResponsePayload).LocatedItems = nil
				}
				return answer
			}
			s := opened(t, f.start(), f.pki)
			s.page = 10
			if test.says == "" {
				whole(t, s)
				return
			}
			held(t, failed(t, s), collect.ClassUnusable, "Locate", test.says, "Run again")
		})
	}
}

// describedAs are the answers to questions for attributes of keys; none to another question.
func describedAs(message *kmip.RequestMessage) (all []kmip.OperationPayload) {
	for _, item := range message.BatchItem {
		if question, ok := item.RequestPayload.(*payloads.GetAttributesRequestPayload); ok {
			all = append(all, &payloads.GetAttributesResponsePayload{UniqueIdentifier: question.UniqueIdentifier, Attribute: key(0).attributes})
		}
	}
	return all
}
