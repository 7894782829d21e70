package starter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/words"
)

// ErrInterrupted says that the questions were not answered to the end.
var ErrInterrupted = errors.New("interrupted before the last answer: nothing was written")

// Ask puts questions to a person, and completes the request with the answers: which domain it is, where that is known neither from
// the request nor from the evidence in the folder, and what does not apply. An empty answer is yes, because what is written in
// excess does no harm.
func (k Kit) Ask(ctx context.Context, in io.Reader, out io.Writer, request *Request) error {
	root, err := k.Format.Describe()
	if err != nil {
		return err
	}
	present, err := service(*request)
	if err != nil {
		return err
	}
	say := request.Words
	a := asking{ctx: ctx, lines: read(in), out: out, words: say}
	a.print(say.Text("A few questions tell what applies. Enter takes the answer in capitals.\nCtrl-C ends without writing anything.\n"))
	if present.ID == UnknownID {
		request.Service.ID = a.ask(say.Text("Id of the OKMS domain (Enter if you do not have it yet): "), func(id string) error {
			return accepted(header(evidence.Service{ID: id, Name: unnamed}, nil), k.Form)
		})
	}
	if present.Region == "" && len(request.Regions) > 0 {
		request.Service.Region = a.ask(say.Say("Region of the domain, such as %s (Enter if you do not know it): ", request.Regions[len(request.Regions)/2]), func(region string) error {
			if slices.Contains(request.Regions, region) {
				return nil
			}
			return errors.New(suggest.Unknown("region", region, request.Regions))
		})
	}
	for _, question := range root.Questions {
		answer := a.ask(wrapped(say.Message(question.Asks)+say.Text(" [Y/n] ")), func(text string) error {
			if !slices.Contains(answers(say), strings.ToLower(text)) {
				return errors.New("answer y or n")
			}
			return nil
		})
		if strings.HasPrefix(strings.ToLower(answer), "n") {
			request.Without = append(request.Without, question.Name)
		}
	}
	return a.err
}

// answers are yes and no, in English and in a language.
func answers(language *words.Words) []string {
	all := []string{"y", "yes", "n", "no"}
	if language != nil {
		all = append(all, language.Text("yes"), language.Text("no"), language.Text("y"))
	}
	return all
}

// wrapped breaks a question into lines that fit a small terminal.
func wrapped(text string) string {
	const width = 78
	var out strings.Builder
	column := 0
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			out.WriteString("\n  ")
			column = 2
		default:
			out.WriteString(" ")
			column++
		}
		out.WriteString(word)
		column += len(word)
	}
	return out.String()
}

// asking is a conversation. After an error it asks no more.
type asking struct {
	ctx   context.Context
	lines <-chan string // closed at the end of the input
	out   io.Writer
	words *words.Words
	err   error
}

func (a *asking) print(text string) {
	if a.err == nil {
		_, a.err = io.WriteString(a.out, text)
	}
}

// ask asks until the answer is empty or right.
func (a *asking) ask(question string, check func(answer string) error) string {
	for a.print(question); a.err == nil; a.print(question) {
		select {
		case <-a.ctx.Done():
			a.print("\n")
			a.err = ErrInterrupted
		case line, open := <-a.lines:
			answer := strings.TrimSpace(line)
			switch {
			case !open:
				a.print("\n")
				a.err = errors.New("the questions were not answered to the end, and nothing was written: use --without, or --all to write everything")
			case answer == "":
				return ""
			default:
				err := check(answer)
				if err == nil {
					return answer
				}
				a.print(fmt.Sprintf("  %s\n", a.words.Message(err.Error())))
			}
		}
	}
	return ""
}

// read reads lines aside, so that an interrupt does not wait for the next one.
func read(in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}
