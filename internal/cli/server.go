package cli

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/opaclient"
	"github.com/raci-check/raci-check/internal/safefile"
)

// tokenVariable is the environment's variable for the server's token.
const tokenVariable = "RACI_CHECK_SERVER_TOKEN"

// serverFlags say where the policies are evaluated; here, without a URL.
type serverFlags struct{ url, tokenFile string }

func (f *serverFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "server", "", "`URL` of one or more OPA servers behind one address that evaluate the policies; they serve the bundle that raci-check bundle build writes with the same options; see docs/opa.md")
	flags.StringVar(&f.tokenFile, "server-token-file", "", "`file` with the bearer token for the server (default $"+tokenVariable+")")
}

// options are those of the server that evaluates the policies; nil for none.
func (f serverFlags) options() (*opaclient.Options, error) {
	if f.url == "" {
		if f.tokenFile != "" {
			return nil, errors.New("--server-token-file needs a server: name it with --server")
		}
		return nil, nil
	}
	token := os.Getenv(tokenVariable)
	if f.tokenFile != "" {
		content, err := safefile.ReadSecret(f.tokenFile)
		if err != nil {
			return nil, err
		}
		token = string(content)
	}
	return &opaclient.Options{URL: f.url, Token: strings.TrimSpace(token)}, nil
}
