"""Two ways to sum up a text, side by side, and one after the other."""

import quickdemo as gr


def first_sentence(text):
    return text.split(". ")[0].rstrip(".") + "."


def longest_words(text):
    words = sorted(set(text.replace(".", "").replace(",", "").split()), key=len, reverse=True)
    return ", ".join(words[:5])


lead = gr.Interface(first_sentence, gr.Textbox(lines=5, label="Text"), "text", title="First sentence")
words = gr.Interface(longest_words, gr.Textbox(label="Text"), "text", title="Longest words")
TEXT = "The harbour froze in January. Fishermen cut channels through extraordinarily thick ice, and waited."

demo = gr.TabbedInterface(
    [
        gr.Parallel(lead, words, title="Side by side", examples=[TEXT], allow_flagging="never"),
        gr.Series(lead, words, title="One after the other", examples=[TEXT], intermediate=True, allow_flagging="never"),
    ],
    ["Parallel", "Series"],
    title="Two ways to sum up a text",
)

if __name__ == "__main__":
    demo.launch()
