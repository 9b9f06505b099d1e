package org.lsradapt.models.internal.cards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.LsrConfig;

class ModelCardTest {

    private static ModelCard card(CardText body) {
        return new ModelCard(
                "peft",
                Optional.of("owner/base-1.5"),
                List.of("lsr-adapt", "lora"),
                Optional.of("text-classification"),
                body);
    }

    /** What stands between the first two lines of three dashes, as the hub divides a card. */
    private static JsonNode front(String card) throws IOException {
        assertTrue(card.startsWith("---\n"), card);
        return new YAMLMapper().readTree(card.substring(4, card.indexOf("\n---\n")));
    }

    @Test
    void text_beginsWithWhatTheHubReads_andGoesOnWithTheBody() throws IOException {
        String text = card(new CardText("Title").paragraph("Words.")).text();
        assertEquals(
                "{\"library_name\":\"peft\",\"base_model\":\"owner/base-1.5\",\"pipeline_tag\":\"text-classification\","
                        + "\"tags\":[\"lsr-adapt\",\"lora\"]}",
                front(text).toString());
        assertTrue(text.endsWith("\n---\n\n# Title\n\nWords.\n"), text);
    }

    @Test
    void text_withoutABaseModelAndATask_hasNoSuchFields() throws IOException {
        ModelCard card = new ModelCard(
                "transformers", Optional.empty(), List.of("lsr-adapt"), Optional.empty(), new CardText("T"));
        assertEquals(
                "{\"library_name\":\"transformers\",\"tags\":[\"lsr-adapt\"]}",
                front(card.text()).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\n---\nlicense: mit", "\r\n---\r\n", "a\u2028---\u0085b", "\u0000\u001b[31m"})
    void labels_withLineEnds_stayOnTheirLine(String label) throws IOException {
        CardText body = new CardText("Title").items(List.of(CardText.labels(List.of(label, "good"))));
        String text = card(body).text();
        assertFalse(front(text).has("license"));
        String line = text.lines()
                .filter(one -> one.startsWith("- Labels"))
                .findFirst()
                .orElseThrow();
        assertTrue(line.endsWith("`, `good`"), line);
        assertEquals("# Title\n\n" + line + "\n", body.toString());
        assertTrue(line.chars().noneMatch(Character::isISOControl), line);
    }

    @ParameterizedTest
    @CsvSource({
        "plain, `plain`",
        "<b>*x*</b>, `<b>*x*</b>`",
        "a`b, ``a`b``",
        "`, `` ` ``",
        "```js, ```` ```js ````",
        "'', `  `",
        "naïve 日本 🙂, `naïve 日本 🙂`"
    })
    void literal_isACodeSpan(String name, String expected) {
        assertEquals(expected, CardText.literal(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"BAAI/bge-small-en-v1.5", "google-bert/bert-base-uncased", "a/b"})
    void hubName_ofOwnerAndName_isOne(String name) {
        assertEquals(Optional.of(name), ModelCard.hubName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "minilm",
                "/models/bert",
                "./bert",
                "../bert",
                "models/bert/base",
                "C:\\models\\bert",
                "C:/bert",
                "models/",
                "~/bert",
                "a/b\n",
                "a/b..c",
                "a/b c",
                "src/transformers"
            })
    void hubName_ofAnythingElse_isNone(String name) {
        assertEquals(Optional.empty(), ModelCard.hubName(name));
    }

    @Test
    void method_saysEachSettingOnce_andTheParameters() {
        LsrConfig lsr = LsrConfig.builder().bottleneckRank(4).separationRank(16).build();
        List<String> method = CardText.method(List.of(lsr, LsrConfig.lora(2, 4), lsr.withSeed(7)), 1234);
        assertEquals(2, method.size());
        assertTrue(
                method.get(0).startsWith("Method: `lsr` with `r 4`, `separation rank s 16`, `factors d 2`, "),
                method.get(0));
        assertEquals(1, method.get(0).split("`lsr`", -1).length - 1, method.get(0));
        assertTrue(method.get(0).contains("; `lora` with `r 2`, `alpha 4.0`"), method.get(0));
        assertEquals("Trained parameters: 1,234", method.get(1));
        assertEquals(
                "Method: the head alone, no adapters",
                CardText.method(List.of(), 1).get(0));
    }
}
