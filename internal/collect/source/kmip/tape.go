package kmip

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/payloads"
	"github.com/ovh/kmip-go/ttlv"

	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	recording "github.com/raci-check/raci-check/internal/collect/session"
)

// keptQuestion is a question of a message, as a session keeps it.
type keptQuestion struct {
	Version    string `json:"version"` // of the protocol
	Operation  string `json:"operation"`
	ID         string `json:"id,omitempty"` // of an object
	Offset     int32  `json:"offset,omitempty"`
	Most       int32  `json:"most,omitempty"`
	OnlineOnly bool   `json:"online_only,omitempty"`
}

func (a keptQuestion) String() string {
	if a.ID != "" {
		return a.Operation + " of " + a.ID
	}
	return fmt.Sprintf("%s from %d on", a.Operation, a.Offset)
}

// keptAnswer is the part of an answer that is about one question.
type keptAnswer struct {
	Status string `json:"status"` // success or failed
	// Whole is of a refusal that is about the message and not about a question of it.
	Whole bool `json:"whole,omitempty"`
	// Item is the part of the answer, in the JSON form of TTLV.
	Item json.RawMessage `json:"item"`
}

// The statuses of parts of an answer.
const (
	statusDone   = "success"
	statusFailed = "failed"
)

// failedAnswer is the kind of failure of an answer that is not valid.
const failedAnswer = "invalid_answer"

func askedOf(version kmip.ProtocolVersion, q question, names *pseudonym.Set) keptQuestion {
	a := keptQuestion{Version: version.String(), Operation: word(kmip.TagOperation, q.payload().Operation()), ID: q.about()}
	if names != nil {
		a.ID = names.Value(a.ID)
	}
	if l, isLocate := q.(locate); isLocate {
		a.Offset, a.Most, a.OnlineOnly = l.offset, l.most, l.isOnline
	}
	return a
}

// record keeps questions and what became of them; the error is that of the message.
func (s *session) record(ctx context.Context, version kmip.ProtocolVersion, questions []question, message *kmip.ResponseMessage, err error) {
	if !s.tape.Records() || ctx.Err() != nil { // nobody waits for it any more
		return
	}
	keep := func(q question, answer any, failed *recording.Failure) {
		var a keptQuestion
		s.tape.Named(func(names *pseudonym.Set) { a = askedOf(version, q, names) })
		s.tape.Keep(a, answer, failed)
	}
	if err == nil {
		if _, wrong := match(version, questions, message); errors.Is(wrong, errAnswer) {
			err = wrong
		}
	}
	if err != nil {
		failed := s.tape.FailureOf(err)
		if errors.Is(err, errAnswer) {
			failed.Kind, failed.Message = failedAnswer, strings.TrimPrefix(failed.Message, errAnswer.Error()+": ")
		}
		keep(questions[0], nil, failed)
		return
	}
	items := message.BatchItem
	if len(items) == 1 && items[0].ResultStatus != kmip.ResultStatusSuccess {
		isWhole := len(questions) > 1 && len(items[0].UniqueBatchItemID) == 0
		keep(questions[0], s.answer(message.Header.ProtocolVersion, items[0], isWhole), nil)
		return
	}
	ordered, _ := inOrder(questions, items) // match has seen that it is
	for i, item := range ordered {
		if item != nil && item.ResultReason != kmip.ResultReasonOperationCanceledByRequester { // that was not tried
			keep(questions[i], s.answer(message.Header.ProtocolVersion, *item, false), nil)
		}
	}
}

// answer is a part of an answer as it is kept: what is read of it, with pseudonyms.
func (s *session) answer(version kmip.ProtocolVersion, item kmip.ResponseBatchItem, isWhole bool) keptAnswer {
	item.UniqueBatchItemID = nil
	item.AsynchronousCorrelationValue, item.MessageExtension = nil, nil
	whole, resultMessage := item.ResponsePayload, item.ResultMessage
	s.tape.Named(func(names *pseudonym.Set) {
		item.ResponsePayload, item.ResultMessage = named(whole, names), names.Message(resultMessage)
	})
	status := statusDone
	if item.ResultStatus != kmip.ResultStatusSuccess {
		status = statusFailed
	}
	message := kmip.ResponseMessage{Header: kmip.ResponseHeader{ProtocolVersion: version, BatchCount: 1}, BatchItem: []kmip.ResponseBatchItem{item}}
	return keptAnswer{Status: status, Whole: isWhole, Item: ttlv.MarshalJSON(&message)}
}

// named is the payload of an answer with pseudonyms, and without what is not read; nil for that of an operation that is not asked for.
func named(payload kmip.OperationPayload, names *pseudonym.Set) kmip.OperationPayload {
	switch p := payload.(type) {
	case *payloads.DiscoverVersionsResponsePayload:
		return p
	case *payloads.LocateResponsePayload:
		copied := *p
		copied.UniqueIdentifier = slices.Clone(p.UniqueIdentifier)
		for i := range copied.UniqueIdentifier {
			copied.UniqueIdentifier[i] = names.Value(copied.UniqueIdentifier[i])
		}
		return &copied
	case *payloads.GetAttributesResponsePayload:
		copied := payloads.GetAttributesResponsePayload{UniqueIdentifier: names.Value(p.UniqueIdentifier)}
		for _, attribute := range p.Attribute {
			if value, isRead := namedValue(attribute, names); isRead {
				attribute.AttributeValue = value
				copied.Attribute = append(copied.Attribute, attribute)
			}
		}
		return &copied
	}
	return nil
}

// namedValue is the value of an attribute with pseudonyms; false for one that is not read.
func namedValue(attribute kmip.Attribute, names *pseudonym.Set) (any, bool) {
	if !slices.Contains(attributesOf(kmip.V1_4), attribute.AttributeName) {
		return nil, false
	}
	switch value := attribute.AttributeValue.(type) {
	case kmip.Name:
		value.NameValue = names.Value(value.NameValue)
		return value, true
	case kmip.Digest:
		digest, err := hex.DecodeString(names.Digest(hex.EncodeToString(value.DigestValue)))
		if err != nil { // while pseudonyms are given
			return value, true
		}
		value.DigestValue = digest
		return value, true
	case string:
		return names.Value(value), true
	case []byte:
		return nil, false
	}
	return attribute.AttributeValue, true
}

func (s *session) replay(ctx context.Context, version kmip.ProtocolVersion, questions []question) (*kmip.ResponseMessage, error) {
	message := &kmip.ResponseMessage{Header: kmip.ResponseHeader{ProtocolVersion: version}}
	for i, q := range questions {
		var answer keptAnswer
		err := s.tape.Answer(ctx, askedOf(version, q, nil), &answer)
		var failed *recording.Failure
		switch {
		case errors.As(err, &failed) && failed.Kind == failedAnswer:
			return nil, fmt.Errorf("%w: %s", errAnswer, failed.Message)
		case failed != nil:
			return nil, &linkError{failed.Cause()}
		case err != nil:
			return nil, err
		}
		part, err := decodeItem(answer.Item)
		if err != nil {
			return nil, err
		}
		item := part.BatchItem[0]
		message.Header.ProtocolVersion = part.Header.ProtocolVersion
		if answer.Whole {
			message.BatchItem = []kmip.ResponseBatchItem{item}
			break
		}
		if len(questions) > 1 {
			item.UniqueBatchItemID = batchID(i)
		}
		message.BatchItem = append(message.BatchItem, item)
		if item.ResultStatus != kmip.ResultStatusSuccess { // as a server that stops there
			break
		}
	}
	message.Header.BatchCount = int32(len(message.BatchItem)) //nolint:gosec // a batch is small
	return message, nil
}

// decodeItem reads a part of an answer from a session.
func decodeItem(content []byte) (message *kmip.ResponseMessage, err error) {
	defer func() {
		if recover() != nil {
			message, err = nil, fmt.Errorf("%w: the KMIP library cannot read the session's answer", errAnswer)
		}
	}()
	message = &kmip.ResponseMessage{}
	if err := ttlv.UnmarshalJSON(content, message); err != nil {
		return nil, fmt.Errorf("%w: in the session: %w", errAnswer, err)
	}
	if len(message.BatchItem) != 1 {
		return nil, fmt.Errorf("%w: in the session: it has %d parts, expected is 1", errAnswer, len(message.BatchItem))
	}
	return message, nil
}
