package cli

import (
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/words"
	"github.com/raci-check/raci-check/policies"
)

// language is --lang: what reports for people are written in.
type language struct{ flag string }

func (l *language) register(flags *pflag.FlagSet) {
	flags.StringVar(&l.flag, "lang", "", "`language` of what people read, en or fr (default: RACI_CHECK_LANG, else LC_ALL, LC_MESSAGES or LANG, else en); see docs/languages.md")
}

// open is the translator of the language that is asked for; nil for English, which costs nothing.
func (l *language) open(streams Streams) (*translate.Translator, error) {
	tag, err := words.Choose(l.flag, streams.Env)
	if err != nil {
		return nil, err
	}
	spoken, err := words.In(tag)
	if spoken == nil || err != nil {
		return nil, err
	}
	translators.Lock()
	defer translators.Unlock()
	if opened := translators.by[tag]; opened != nil {
		return opened, nil
	}
	rules, err := (&rulesFlags{}).open()
	if err != nil {
		return nil, err
	}
	opened, err := translate.New(spoken, rules, policies.Words)
	if err == nil {
		translators.by[tag] = opened
	}
	return opened, err
}

// translators are those that were opened, by language: a command that fails says its error in the language that it has open.
var translators = struct {
	sync.Mutex
	by map[string]*translate.Translator
}{by: map[string]*translate.Translator{}}

// spoken is what an error says, in the language of the command where it takes one. An error of the words themselves is told in English.
func spoken(cmd *cobra.Command, streams Streams, err error) string {
	flag := cmd.Flags().Lookup("lang")
	if flag == nil {
		return err.Error()
	}
	speaks, wrong := (&language{flag.Value.String()}).open(streams)
	if wrong != nil {
		return err.Error()
	}
	return speaks.Error(err)
}
