package kmip

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipserver"
	"github.com/ovh/kmip-go/payloads"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

var (
	at     = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	must   = testhelp.Must
	format = collecttest.Format
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the server's
	os.Exit(m.Run())
}

// managed is an object of the fake.
type managed struct {
	id         string
	attributes []kmip.Attribute
	isArchived bool
}

// of is an attribute.
func of(name kmip.AttributeName, value any) kmip.Attribute {
	return kmip.Attribute{AttributeName: name, AttributeValue: value}
}

// fake is a KMIP server made of the provider's own library. A question that is none of the three that may be asked fails the test.
type fake struct {
	t           *testing.T
	pki         *collecttest.PKI
	exec        *kmipserver.BatchExecutor
	most        int  // objects of an answer of Locate; 0 for as many as are asked for
	isTalkative bool // it answers all attributes, whatever was asked for

	mu         sync.Mutex
	objects    []managed
	operations []kmip.Operation
	batches    []int // sizes of the questions for attributes
	masks      []kmip.StorageStatusMask
	names      []kmip.AttributeName // of the last question for attributes
	// fault answers a message in place of the server; n counts the messages from 0. It answers nil where it does not.
	place map[string]int // of objects by identifier, where there are many
	fault func(message *kmip.RequestMessage, n int) *kmip.ResponseMessage
	n     int
}

func newFake(t *testing.T, objects ...managed) *fake {
	f := &fake{t: t, pki: collecttest.NewPKI(t), exec: kmipserver.NewBatchExecutor(), objects: objects}
	f.exec.Route(kmip.OperationLocate, kmipserver.HandleFunc(f.locate))
	f.exec.Route(kmip.OperationGetAttributes, kmipserver.HandleFunc(f.attributes))
	return f
}

// speaks says which versions the server speaks.
func (f *fake) speaks(versions ...kmip.ProtocolVersion) {
	f.exec.SetSupportedProtocolVersions(versions...)
}

// start serves over mutual TLS, and answers the address.
func (f *fake) start() string {
	f.t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", f.pki.Config())
	must(f.t, err)
	return f.serve(listener)
}

func (f *fake) serve(listener net.Listener) string {
	server := kmipserver.NewServer(listener, f).WithMaxMessageSize(1 << 24)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve() }()
	f.t.Cleanup(func() { _ = server.Shutdown(); <-done })
	return listener.Addr().String()
}

func (f *fake) HandleRequest(ctx context.Context, message *kmip.RequestMessage) *kmip.ResponseMessage {
	f.mu.Lock()
	n := f.n
	f.n++
	for _, item := range message.BatchItem {
		f.operations = append(f.operations, item.Operation)
		if !slices.Contains([]kmip.Operation{0x1E, 0x08, 0x0B}, item.Operation) { // Discover Versions, Locate, Get Attributes
			f.t.Errorf("the server is asked for the operation %X", uint32(item.Operation))
		}
	}
	if message.BatchItem[0].Operation == kmip.OperationGetAttributes {
		f.batches = append(f.batches, len(message.BatchItem))
	}
	fault := f.fault
	f.mu.Unlock()
	if fault != nil {
		if answer := fault(message, n); answer != nil {
			return answer
		}
	}
	return f.exec.HandleRequest(ctx, message)
}

func (f *fake) locate(_ context.Context, request *payloads.LocateRequestPayload) (*payloads.LocateResponsePayload, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.masks = append(f.masks, request.StorageStatusMask)
	var ids []string
	for _, object := range f.objects {
		if !object.isArchived || request.StorageStatusMask&kmip.StorageStatusArchivalStorage != 0 {
			ids = append(ids, object.id)
		}
	}
	count := int32(len(ids))
	ids = ids[min(int(request.OffsetItems), len(ids)):]
	most := len(ids)
	if request.MaximumItems > 0 {
		most = min(most, int(request.MaximumItems))
	}
	if f.most > 0 {
		most = min(most, f.most)
	}
	return &payloads.LocateResponsePayload{LocatedItems: &count, UniqueIdentifier: ids[:most]}, nil
}

func (f *fake) attributes(_ context.Context, request *payloads.GetAttributesRequestPayload) (*payloads.GetAttributesResponsePayload, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names = request.AttributeName
	i, ok := f.place[request.UniqueIdentifier]
	if !ok {
		i = slices.IndexFunc(f.objects, func(o managed) bool { return o.id == request.UniqueIdentifier })
	}
	if i < 0 {
		return nil, kmipserver.ErrItemNotFound
	}
	answer := &payloads.GetAttributesResponsePayload{UniqueIdentifier: request.UniqueIdentifier}
	for _, attribute := range f.objects[i].attributes {
		if f.isTalkative || slices.Contains(request.AttributeName, attribute.AttributeName) {
			answer.Attribute = append(answer.Attribute, attribute)
		}
	}
	return answer, nil
}

// refuses is an answer to a whole message.
func refuses(message *kmip.RequestMessage, reason kmip.ResultReason, text string) *kmip.ResponseMessage {
	return &kmip.ResponseMessage{
		Header: kmip.ResponseHeader{ProtocolVersion: message.Header.ProtocolVersion, BatchCount: 1},
		BatchItem: []kmip.ResponseBatchItem{{
			Operation: message.BatchItem[0].Operation, ResultStatus: kmip.ResultStatusOperationFailed, ResultReason: reason, ResultMessage: text,
		}},
	}
}

// answers is an answer of these parts.
func answers(message *kmip.RequestMessage, payloads ...kmip.OperationPayload) *kmip.ResponseMessage {
	answer := &kmip.ResponseMessage{Header: kmip.ResponseHeader{ProtocolVersion: message.Header.ProtocolVersion, BatchCount: int32(len(payloads))}}
	for _, payload := range payloads {
		answer.BatchItem = append(answer.BatchItem, kmip.ResponseBatchItem{Operation: payload.Operation(), ResponsePayload: payload})
	}
	return answer
}

func objectID(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

// key is a symmetric key in use.
func key(i int, more ...kmip.Attribute) managed {
	return managed{id: objectID(i), attributes: append([]kmip.Attribute{
		of(kmip.AttributeNameObjectType, kmip.ObjectTypeSymmetricKey), of(kmip.AttributeNameState, kmip.StateActive),
		of(kmip.AttributeNameInitialDate, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), of(kmip.AttributeNameExtractable, true),
	}, more...)}
}

func keys(n int) []managed {
	var all []managed
	for i := range n {
		all = append(all, key(i))
	}
	return all
}

// locates is the question which objects there are; nil where a message asks for something else.
func locates(message *kmip.RequestMessage) *payloads.LocateRequestPayload {
	payload, _ := message.BatchItem[0].RequestPayload.(*payloads.LocateRequestPayload)
	return payload
}

// withRefusal answers a question for attributes, and refuses those of one object.
func withRefusal(f *fake, message *kmip.RequestMessage, id string, reason kmip.ResultReason) *kmip.ResponseMessage {
	at := slices.IndexFunc(message.BatchItem, func(item kmip.RequestBatchItem) bool {
		payload, ok := item.RequestPayload.(*payloads.GetAttributesRequestPayload)
		return ok && payload.UniqueIdentifier == id
	})
	if at < 0 {
		return nil
	}
	answer := f.exec.HandleRequest(context.Background(), message)
	for i := at; i < len(answer.BatchItem); i++ {
		item := &answer.BatchItem[i]
		item.ResultStatus, item.ResultReason, item.ResponsePayload = kmip.ResultStatusOperationFailed, kmip.ResultReasonOperationCanceledByRequester, nil
	}
	answer.BatchItem[at].ResultReason, answer.BatchItem[at].ResultMessage = reason, "no"
	return answer
}

// another is a question that the program does not have.
type another struct{}

func (another) payload() kmip.OperationPayload { return &payloads.DestroyRequestPayload{} }
func (another) about() string                  { return "" }
