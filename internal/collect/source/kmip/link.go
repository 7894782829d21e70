package kmip

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/payloads"
	"github.com/ovh/kmip-go/ttlv"

	"github.com/raci-check/raci-check/internal/collect/httpget"
)

// question is one of the three that are asked. Another operation has no type here, so it cannot be asked.
type question interface {
	payload() kmip.OperationPayload
	about() string // the object that it is about; empty for all
}

// discover asks which versions of the protocol a server speaks.
type discover struct{ versions []kmip.ProtocolVersion }

func (d discover) payload() kmip.OperationPayload {
	return &payloads.DiscoverVersionsRequestPayload{ProtocolVersion: d.versions}
}

func (discover) about() string { return "" }

// locate asks which objects there are, behind the first ones. Most is 0 for all of them.
type locate struct {
	offset, most int32
	isOnline     bool // those in the archive are left out
}

func (l locate) payload() kmip.OperationPayload {
	request := &payloads.LocateRequestPayload{OffsetItems: l.offset, MaximumItems: l.most}
	if !l.isOnline {
		request.StorageStatusMask = kmip.StorageStatusOnlineStorage | kmip.StorageStatusArchivalStorage
	}
	return request
}

func (locate) about() string { return "" }

// describe asks for attributes of an object.
type describe struct {
	id    string
	names []kmip.AttributeName
}

func (d describe) payload() kmip.OperationPayload {
	return &payloads.GetAttributesRequestPayload{UniqueIdentifier: d.id, AttributeName: d.names}
}

func (d describe) about() string { return d.id }

// harmless are the operations that leave the program: none of them answers key material or changes anything.
var harmless = []kmip.Operation{kmip.OperationDiscoverVersions, kmip.OperationLocate, kmip.OperationGetAttributes}

var (
	errNotSent = errors.New("refused to send a request")
	errAnswer  = errors.New("the answer is not valid")
)

// linkError is an error of a connection: it could not be made, it broke, or no answer came in time.
type linkError struct{ err error }

func (e *linkError) Error() string { return e.err.Error() }
func (e *linkError) Unwrap() error { return e.err }

// link is a connection to a KMIP server.
type link struct{ conn net.Conn }

func (l *link) close() { _ = l.conn.Close() }

// connect makes a connection. An error is a *linkError.
func (s *session) connect(ctx context.Context) error {
	raw, err := s.dial(ctx, "tcp", s.address)
	if err != nil {
		return &linkError{err}
	}
	conn := tls.Client(raw, s.tls)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return &linkError{err}
	}
	s.link = &link{conn}
	return nil
}

// ask asks questions of one kind, all in one message, until there is an answer, or an error that will not change, or the attempts
// are used up. There is one answer a question, in their order; where the server stopped at one that it refuses, the error is a
// *refusal, and the answers are those before it.
func (s *session) ask(ctx context.Context, version kmip.ProtocolVersion, questions ...question) ([]kmip.OperationPayload, error) {
	made := 0
	var answers []kmip.OperationPayload
	_, err := backoff.Retry(ctx, func() (_ struct{}, err error) {
		made++
		if answers, err = s.attempt(ctx, version, questions); err == nil {
			return struct{}{}, nil
		}
		var refused *refusal
		if !errors.As(err, &refused) { // what follows on the connection is of no use
			s.close()
		}
		if final(ctx, err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(waits(func() time.Duration { return s.wait(made - 1) })), backoff.WithMaxTries(httpget.MaxRetries+1), backoff.WithMaxElapsedTime(0))
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Unwrap()
	}
	switch {
	case err == nil:
		return answers, nil
	case isOver(ctx):
		return nil, &linkError{context.Cause(ctx)}
	case errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("no whole answer within %s: %w", s.time, err)
	}
	if made > 1 {
		err = fmt.Errorf("%w (asked %d times)", err, made)
	}
	return answers, err
}

// waits is a backoff.BackOff of a function.
type waits func() time.Duration

func (waits) Reset()                       {}
func (w waits) NextBackOff() time.Duration { return w() }

// isOver reports whether nobody waits for an answer any more. The deadline of a connection may be noticed before that of its context.
func isOver(ctx context.Context) bool {
	if until, ok := ctx.Deadline(); ok && !time.Now().Before(until) {
		<-ctx.Done()
	}
	return ctx.Err() != nil
}

// final reports whether asking again after an error would change nothing.
func final(ctx context.Context, err error) bool {
	var refused *refusal
	var broken *linkError
	var resolve *net.DNSError
	switch {
	case isOver(ctx):
		return true
	case errors.As(err, &refused):
		return refused.reason != kmip.ResultReasonGeneralFailure
	case !errors.As(err, &broken), httpget.Refused(err) != nil:
		return true
	case errors.As(err, &resolve) && resolve.IsNotFound, errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(*tls.CertificateVerificationError)):
		return true
	}
	return false
}

// attempt asks once, on the connection that there is or a new one.
func (s *session) attempt(ctx context.Context, version kmip.ProtocolVersion, questions []question) ([]kmip.OperationPayload, error) {
	message, err := request(version, questions)
	if err != nil {
		return nil, err
	}
	answered, err := s.answered(ctx, version, questions, message)
	if err != nil {
		return nil, err
	}
	return match(version, questions, answered)
}

// answered is the answer of the server to a message with questions, or that of the session which is replayed.
func (s *session) answered(ctx context.Context, version kmip.ProtocolVersion, questions []question, message []byte) (*kmip.ResponseMessage, error) {
	if s.tape.Replays() {
		return s.replay(ctx, version, questions)
	}
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, s.time)
	defer cancel()
	var answered *kmip.ResponseMessage
	var err error
	if s.link == nil {
		err = s.connect(ctx)
	}
	if err == nil {
		answered, err = s.link.exchange(ctx, message)
	}
	s.record(whole, version, questions, answered, err)
	return answered, err
}

// request is a message with questions. It holds no time: no answer depends on it.
func request(version kmip.ProtocolVersion, questions []question) ([]byte, error) {
	message := kmip.RequestMessage{Header: kmip.RequestHeader{
		ProtocolVersion: version, MaximumResponseSize: httpget.MaxAnswer, BatchCount: int32(len(questions)), //nolint:gosec // a batch is small
	}}
	if len(questions) > 1 {
		message.Header.BatchErrorContinuationOption = kmip.BatchErrorContinuationOptionStop
	}
	for i, question := range questions {
		payload := question.payload()
		if !slices.Contains(harmless, payload.Operation()) {
			return nil, fmt.Errorf("%w: %s", errNotSent, word(kmip.TagOperation, payload.Operation()))
		}
		item := kmip.RequestBatchItem{Operation: payload.Operation(), RequestPayload: payload}
		if len(questions) > 1 {
			item.UniqueBatchItemID = batchID(i)
		}
		message.BatchItem = append(message.BatchItem, item)
	}
	return ttlv.MarshalTTLV(&message), nil
}

// batchID names the question of a place in a batch.
func batchID(i int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(i)) } //nolint:gosec // a batch is small

// exchange sends a message and reads its answer.
func (l *link) exchange(ctx context.Context, message []byte) (*kmip.ResponseMessage, error) {
	if until, ok := ctx.Deadline(); ok {
		_ = l.conn.SetDeadline(until)
	}
	stop := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := l.conn.Write(message); err != nil {
		return nil, &linkError{fmt.Errorf("send the question: %w", err)}
	}
	content, err := readMessage(l.conn)
	if err != nil {
		return nil, err
	}
	return decode(content)
}

// header is the length of what stands before a value in TTLV: its tag, its type, and its length (KMIP 1.4, section 9.1.1).
const header = 8

// readMessage reads a message, and no more of it than is there.
func readMessage(from io.Reader) ([]byte, error) {
	start := make([]byte, header)
	if _, err := io.ReadFull(from, start); err != nil {
		return nil, &linkError{fmt.Errorf("read the answer: %w", err)}
	}
	tag, length := int(start[0])<<16|int(start[1])<<8|int(start[2]), binary.BigEndian.Uint32(start[4:])
	switch {
	case tag != kmip.TagResponseMessage || ttlv.Type(start[3]) != ttlv.TypeStructure:
		return nil, fmt.Errorf("%w: it is no KMIP message: is the port that of KMIP (%s)?", errAnswer, defaultPort)
	case length > httpget.MaxAnswer:
		return nil, fmt.Errorf("%w: it is larger than %d bytes", errAnswer, httpget.MaxAnswer)
	}
	content := bytes.NewBuffer(start)
	if _, err := io.CopyN(content, from, int64(length)); err != nil {
		return nil, &linkError{fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)}
	}
	return content.Bytes(), nil
}

// decode reads an answer, after it was seen that its parts have the lengths that their types want: the library takes that for granted.
func decode(content []byte) (message *kmip.ResponseMessage, err error) {
	if !wellFormed(content, 0) {
		return nil, fmt.Errorf("%w: it is no TTLV", errAnswer)
	}
	defer func() {
		if recover() != nil {
			message, err = nil, fmt.Errorf("%w: the KMIP library cannot read it", errAnswer)
		}
	}()
	message = &kmip.ResponseMessage{}
	if err := ttlv.UnmarshalTTLV(content, message); err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	return message, nil
}

// maxDepth is how deep values may be in each other. Those of KMIP 1.4 are no deeper than ten.
const maxDepth = 32

// lengths are those of values whose type has a fixed one, in bytes.
var lengths = map[ttlv.Type]int{
	ttlv.TypeInteger: 4, ttlv.TypeLongInteger: 8, ttlv.TypeEnumeration: 4, ttlv.TypeBoolean: 8, ttlv.TypeDateTime: 8, ttlv.TypeInterval: 4,
}

// wellFormed reports whether values follow each other to the end, each as long as its type wants.
func wellFormed(content []byte, depth int) bool {
	for len(content) > 0 {
		if len(content) < header || depth > maxDepth {
			return false
		}
		kind, length := ttlv.Type(content[3]), int64(binary.BigEndian.Uint32(content[4:]))
		padded := (length + 7) &^ 7
		if padded > int64(len(content)-header) {
			return false
		}
		value := content[header : header+length]
		switch fixed, isFixed := lengths[kind]; {
		case isFixed && length != int64(fixed),
			!isFixed && !slices.Contains([]ttlv.Type{ttlv.TypeStructure, ttlv.TypeBigInteger, ttlv.TypeTextString, ttlv.TypeByteString}, kind),
			kind == ttlv.TypeBigInteger && (length == 0 || length%8 != 0),
			kind == ttlv.TypeStructure && (length%8 != 0 || !wellFormed(value, depth+1)):
			return false
		}
		content = content[header+padded:]
	}
	return true
}

// match finds the answer of each question. A refusal comes after the answers of the questions before it.
func match(version kmip.ProtocolVersion, questions []question, message *kmip.ResponseMessage) ([]kmip.OperationPayload, error) {
	items := message.BatchItem
	if int(message.Header.BatchCount) != len(items) {
		return nil, fmt.Errorf("%w: it says that it has %d parts, and has %d", errAnswer, message.Header.BatchCount, len(items))
	}
	operation := questions[0].payload().Operation()
	if len(items) == 1 && items[0].ResultStatus != kmip.ResultStatusSuccess { // of one question, or of the whole message
		about := ""
		if len(questions) == 1 || bytes.Equal(items[0].UniqueBatchItemID, batchID(0)) {
			about = questions[0].about()
		}
		return nil, refused(operation, items[0], about)
	}
	if message.Header.ProtocolVersion != version {
		return nil, fmt.Errorf("%w: it is of KMIP %s, the question was of %s", errAnswer, message.Header.ProtocolVersion, version)
	}
	ordered, err := inOrder(questions, items)
	if err != nil {
		return nil, err
	}
	var answers []kmip.OperationPayload
	for i, item := range ordered {
		if item == nil { // the server stopped before it
			break
		}
		if item.ResultStatus != kmip.ResultStatusSuccess {
			at := slices.IndexFunc(ordered, func(other *kmip.ResponseBatchItem) bool { // and not one that was not tried because of it
				return other != nil && other.ResultStatus != kmip.ResultStatusSuccess && other.ResultReason != kmip.ResultReasonOperationCanceledByRequester
			})
			at = max(i, at)
			return answers, refused(operation, *ordered[at], questions[at].about())
		}
		if item.Operation != operation || item.ResponsePayload == nil || item.ResponsePayload.Operation() != operation {
			return nil, fmt.Errorf("%w: %s was asked for, and %s is answered", errAnswer, word(kmip.TagOperation, operation), word(kmip.TagOperation, item.Operation))
		}
		answers = append(answers, item.ResponsePayload)
	}
	if len(answers) != len(questions) {
		return nil, fmt.Errorf("%w: it answers %d of %d questions", errAnswer, len(answers), len(questions))
	}
	return answers, nil
}

// inOrder puts the parts of an answer into the order of the questions; nil for those that are not answered.
func inOrder(questions []question, items []kmip.ResponseBatchItem) ([]*kmip.ResponseBatchItem, error) {
	if len(items) > len(questions) {
		return nil, fmt.Errorf("%w: it answers %d questions, %d were asked", errAnswer, len(items), len(questions))
	}
	ordered := make([]*kmip.ResponseBatchItem, len(questions))
	for i := range items {
		place := i
		if id := items[i].UniqueBatchItemID; len(id) > 0 && len(questions) > 1 {
			if len(id) != len(batchID(0)) {
				return nil, fmt.Errorf("%w: it answers a question that was not asked", errAnswer)
			}
			place = int(binary.BigEndian.Uint32(id))
		}
		if place >= len(questions) || ordered[place] != nil {
			return nil, fmt.Errorf("%w: it answers a question twice, or one that was not asked", errAnswer)
		}
		ordered[place] = &items[i]
	}
	return ordered, nil
}

func refused(operation kmip.Operation, item kmip.ResponseBatchItem, about string) error {
	return &refusal{operation: operation, reason: item.ResultReason, message: strings.TrimSpace(item.ResultMessage), object: about}
}

// word is the name of an enumerator, or its number where the library has no name for it.
func word[T ~uint32](tag int, value T) string {
	if name := ttlv.EnumName(tag, uint32(value)); name != "" {
		return name
	}
	return fmt.Sprintf("0x%08X", uint32(value))
}
