package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/tsaclient"
)

// stampFlags say which time-stamping authority is asked; none without a URL.
type stampFlags struct{ url, policy string }

func (f *stampFlags) register(flags *pflag.FlagSet, usage string) {
	flags.StringVar(&f.url, "tsa", "", usage)
	flags.StringVar(&f.policy, "tsa-policy", "", "`OID` of the policy that the time stamp must be issued under (default: the authority's own)")
}

// stamp asks the authority; nil where none is named.
func (f *stampFlags) stamp(ctx context.Context) (attest.Stamp, error) {
	if f.url == "" {
		return nil, nil
	}
	client, err := tsaclient.New(tsaclient.Options{URL: f.url, Policy: f.policy})
	if err != nil {
		return nil, fmt.Errorf("--tsa: %w", err)
	}
	return func(signature []byte) ([]byte, error) { return client.Stamp(ctx, signature) }, nil
}

// attestFlags say how the report of assess is signed.
type attestFlags struct {
	key   string
	stamp stampFlags
}

func (f *attestFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.key, "attest", "", "sign the report of -o json=FILE and write FILE.dsse.json: "+keyUsage)
	f.stamp.register(flags, "`URL` of a time-stamping authority (RFC 3161) that is asked for a time stamp of the signature of --attest; it learns only a digest")
}

// attestation reads the key, before there is a report to sign; nil where none is asked for.
func (f *attestFlags) attestation(ctx context.Context, outs *outputs) (*attest.Attestation, error) {
	stamp, err := f.stamp.stamp(ctx)
	switch {
	case err != nil:
		return nil, err
	case f.key == "" && (stamp != nil || f.stamp.policy != ""):
		return nil, errors.New("--tsa and --tsa-policy are about the signature of --attest KEY: name the key")
	case f.key == "":
		return nil, nil
	case stamp == nil && f.stamp.policy != "":
		return nil, errors.New("--tsa-policy is asked of an authority: name it with --tsa")
	}
	file := outs.file("json")
	if file == "" {
		return nil, errors.New("--attest signs the JSON report: name its file with -o json=FILE; the signature goes to FILE" + attest.Suffix)
	}
	return attest.NewAttestation(f.key, file, stamp)
}

// claimed are the lines about new tokens. Nothing here says whether their authority is to be trusted.
func claimed(written *attest.Written) string {
	text := ""
	for _, token := range written.Tokens {
		text += fmt.Sprintf("time stamp of %s, which claims %s; raci-check verify --tsa-ca verifies it\n", token.Authority, token.Time.Format(time.RFC3339))
	}
	return text
}
