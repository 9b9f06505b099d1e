package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

    @ParameterizedTest
    @CsvSource({"'', abc, 3", "abc, abc, 0", "kitten, sitting, 3", "minilm, mniilm, 2", "MiniLM, minilm, 0"})
    void distance_countsChangedLetters(String one, String other, int distance) {
        assertEquals(distance, Nearest.distance(one, other));
        assertEquals(distance, Nearest.distance(other, one));
    }

    @ParameterizedTest
    @CsvSource({
        "clasify, ; did you mean classify?",
        "Tokens, ; did you mean tokens?",
        "wix, ; did you mean wic?",
        "wxx, ''",
        "classification, ''"
    })
    void question_namesTheNearest_ifItIsNear(String name, String question) {
        assertEquals(question, Nearest.question(name, List.of("classify", "tokens", "wic", "wsc")));
    }
}
