package org.lsradapt.tasks.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.metrics.LabelScores.Mistake;

class SpanMistakesTest {
    private static final LabelledWords SENTENCE = new LabelledWords(
            List.of("Ada", "Lovelace", "met", "Charles", "Babbage", "in", "London", "once", "more"),
            List.of("B-PER", "I-PER", "O", "B-PER", "I-PER", "O", "B-LOC", "O", "O"));

    @Test
    void of_namesWhatIsMissedWrongAndInvented() {
        List<String> predicted = List.of("B-PER", "O", "O", "B-PER", "I-PER", "O", "B-ORG", "O", "B-LOC");
        assertEquals(
                List.of(
                        new Mistake("[Ada Lovelace] met Charles Babbage in London once …", "PER", "PER: Ada"),
                        new Mistake("Ada Lovelace met Charles Babbage in [London] once more", "LOC", "ORG"),
                        new Mistake("… met Charles Babbage in London once [more]", "", "LOC")),
                SpanMistakes.of(SENTENCE, predicted));
        assertEquals(List.of(), SpanMistakes.of(SENTENCE, SENTENCE.tags()));
    }
}
