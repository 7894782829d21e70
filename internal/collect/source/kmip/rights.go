package kmip

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/payloads"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/kmip"
)

// Rights asks for one object, and for its attributes.
func (s *source) Rights(ctx context.Context, request collect.Request) []collect.Right {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.Time, fmt.Errorf("it took longer than %s", s.limits.Time))
	defer cancel()
	asking := &session{source: s, progress: request.Progress}
	defer asking.close()
	right := func(operation kmip.Operation) collect.Right {
		return collect.Right{Asked: word(kmip.TagOperation, operation), Action: actions[operation], Affects: []string{"/" + interpret.Section}}
	}
	without := func(operation kmip.Operation, state collect.RightState, reason string) collect.Right {
		untried := right(operation)
		untried.State, untried.Reason = state, reason
		return untried
	}
	version, err := asking.agree(ctx)
	all := []collect.Right{s.became(right(kmip.OperationDiscoverVersions), err)}
	if err != nil {
		return append(all, without(kmip.OperationLocate, collect.RightFailed, ""), without(kmip.OperationGetAttributes, collect.RightFailed, ""))
	}
	id, err := asking.locateOne(ctx, version)
	all = append(all, s.became(right(kmip.OperationLocate), err))
	switch {
	case err != nil:
		return append(all, without(kmip.OperationGetAttributes, collect.RightUnasked, "no object could be listed"))
	case id == "":
		return append(all, without(kmip.OperationGetAttributes, collect.RightUnasked, "no object is listed"))
	}
	_, err = asking.describe(ctx, version, []string{id}, attributesOf(version))
	return append(all, s.became(right(kmip.OperationGetAttributes), err))
}

func (s *source) became(right collect.Right, err error) collect.Right {
	if err != nil {
		err = s.explained(err)
	}
	return collect.RightOf(right, err)
}

// locateOne is the identifier of an object; empty where none is listed.
func (s *session) locateOne(ctx context.Context, version kmip.ProtocolVersion) (string, error) {
	query := locate{most: 1}
	for {
		answers, err := s.ask(ctx, version, query)
		var refused *refusal
		if errors.As(err, &refused) && !query.isOnline && slices.Contains(unknown, refused.reason) { // it may have no archive
			query.isOnline = true
			continue
		}
		if err != nil {
			return "", &questionError{"Locate", "locate an object", err}
		}
		answer, ok := answers[0].(*payloads.LocateResponsePayload)
		switch {
		case !ok:
			return "", &questionError{"Locate", "locate an object", errAnswer}
		case len(answer.UniqueIdentifier) == 0:
			return "", nil
		}
		return answer.UniqueIdentifier[0], nil
	}
}
