package org.lsradapt.tasks.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.objectives.language.Sampling;

class GenerationRequestTest {

    private static GenerationRequest request() {
        return new GenerationRequest("chat", Generation.defaults());
    }

    @Test
    void settings_thatAreNotSet_areTheDefaults() {
        assertEquals(
                Generation.defaults(),
                request()
                        .maxTokens("m", null)
                        .temperature("t", null)
                        .topP("p", null)
                        .topK("k", null)
                        .repetitionPenalty("r", null)
                        .stops("s", null)
                        .withoutPenalty("f", null)
                        .ofModel("n", null, "own")
                        .settings());
    }

    @Test
    void settings_thatAreSet_areFollowed() {
        Generation settings = request()
                .seed(9)
                .maxTokens("m", 7)
                .temperature("t", 0.5)
                .topP("p", 0.9)
                .topK("k", 3)
                .repetitionPenalty("r", 1.1)
                .stops("s", List.of("."))
                .withoutPenalty("f", 0.0)
                .ofModel("n", "own", "own")
                .settings();
        Sampling sampling = new Sampling(0.5, 0.9, 9).withTopK(3).withRepetitionPenalty(1.1);
        assertEquals(new Generation(7, sampling, List.of(".")), settings);
    }

    @Test
    void choosingAmongTokens_withoutATemperature_meansTemperatureOne() {
        assertEquals(1, request().topP("p", 0.9).settings().sampling().temperature());
        assertEquals(1, request().topK("k", 3).settings().sampling().temperature());
        assertEquals(0, request().topK("k", 0).settings().sampling().temperature());
        assertEquals(
                0,
                request()
                        .topK("k", 3)
                        .temperature("t", 0.0)
                        .settings()
                        .sampling()
                        .temperature());
    }

    @Test
    void failures_haveTheInterfacesNameOfTheSetting() {
        SettingException range =
                assertThrows(SettingException.class, () -> request().topP("top_p", 2.0));
        assertEquals("top_p", range.setting());
        assertEquals(Optional.of(2.0), range.value());
        SettingException penalty =
                assertThrows(SettingException.class, () -> request().withoutPenalty("presence", 0.5));
        assertEquals("presence", penalty.setting());
        assertEquals(Optional.empty(), penalty.value());
        assertEquals(
                "chat: presence 0.5 is not supported, expected 0 or none; generation_config.json of the model may have a"
                        + " repetition_penalty",
                penalty.getMessage());
        assertEquals(
                "chat: n is 'other', expected none or this model's, 'own'",
                assertThrows(SettingException.class, () -> request().ofModel("n", "other", "own"))
                        .getMessage());
    }
}
