package words

// Texts are the texts of a template.
func Texts(source string) []string {
	var all []string
	eachText(source, func(text string) string {
		all = append(all, text)
		return text
	}, func(part string) string { return part })
	return all
}

// Actions are the actions inside a text of a template.
func Actions(text string) []string { return action().FindAllString(text, -1) }
