package cli

import (
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
	rules, err := (&rulesFlags{}).open()
	if err != nil {
		return nil, err
	}
	return translate.New(spoken, rules, policies.Words)
}
