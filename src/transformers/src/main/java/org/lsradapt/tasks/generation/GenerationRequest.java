package org.lsradapt.tasks.generation;

import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.lsradapt.objectives.language.Sampling;

/**
 * The settings of a client's request, which chat interfaces name and default in ways of their own. A setting that is null is not set.
 * Each method returns this request, or throws a {@link SettingException} with the interface's name of the setting.
 *
 * <pre>{@code
 * Generation settings = new GenerationRequest("chat", Generation.defaults())
 *         .maxTokens("max_tokens", tokens)
 *         .topP("top_p", share)
 *         .withoutPenalty("presence_penalty", penalty)
 *         .settings();
 * }</pre>
 */
public final class GenerationRequest {
    private final String place;
    private Generation settings;
    private boolean hasTemperature;
    private boolean chooses;

    /** Begins a request with the settings of one that sets nothing; messages name the place of those that are not supported. */
    public GenerationRequest(String place, Generation defaults) {
        this.place = place;
        settings = defaults;
    }

    /** Sets the seed of the choices. */
    public GenerationRequest seed(long seed) {
        settings = settings.withSampling(settings.sampling().withSeed(seed));
        return this;
    }

    /** Sets the maximal number of tokens. */
    public GenerationRequest maxTokens(String name, @Nullable Integer tokens) {
        return set(name, tokens, Generation::withMaxTokens);
    }

    /** Sets the temperature. */
    public GenerationRequest temperature(String name, @Nullable Double temperature) {
        hasTemperature |= temperature != null;
        return sample(name, temperature, Sampling::withTemperature);
    }

    /** Sets the share of nucleus sampling. */
    public GenerationRequest topP(String name, @Nullable Double share) {
        chooses |= share != null;
        return sample(name, share, Sampling::withTopP);
    }

    /** Sets the number of tokens to choose from; 0 for all. */
    public GenerationRequest topK(String name, @Nullable Integer tokens) {
        chooses |= tokens != null && tokens > 0;
        return sample(name, tokens, Sampling::withTopK);
    }

    /** Sets the repetition penalty. */
    public GenerationRequest repetitionPenalty(String name, @Nullable Double penalty) {
        return sample(name, penalty, Sampling::withRepetitionPenalty);
    }

    /** Sets the stop strings. */
    public GenerationRequest stops(String name, @Nullable List<String> stops) {
        return set(name, stops, Generation::withStops);
    }

    /** Refuses a penalty other than 0, which is none. */
    public GenerationRequest withoutPenalty(String name, @Nullable Double penalty) {
        return refuse(
                name,
                penalty != null && penalty != 0,
                name + " " + penalty
                        + " is not supported, expected 0 or none; generation_config.json of the model may have a"
                        + " repetition_penalty");
    }

    /** Refuses the name of another model. */
    public GenerationRequest ofModel(String name, @Nullable String found, String own) {
        return refuse(
                name,
                found != null && !found.equals(own),
                name + " is '" + found + "', expected none or this model's, '" + own + "'");
    }

    /** Refuses a setting that is not supported, if it is on, with what was found and expected. */
    public GenerationRequest refuse(String name, boolean asked, String message) {
        if (asked) {
            throw new SettingException(name, null, place + ": " + message);
        }
        return this;
    }

    private <T> GenerationRequest sample(String name, @Nullable T value, BiFunction<Sampling, T, Sampling> with) {
        return set(name, value, (now, to) -> now.withSampling(with.apply(now.sampling(), to)));
    }

    private <T> GenerationRequest set(String name, @Nullable T value, BiFunction<Generation, T, Generation> with) {
        if (value != null) {
            try {
                settings = with.apply(settings, value);
            } catch (IllegalArgumentException e) {
                throw new SettingException(name, value, e.getMessage());
            }
        }
        return this;
    }

    /** Returns the settings. A request that chooses among tokens and sets no temperature has temperature 1, if the default is 0. */
    public Generation settings() {
        Sampling sampling = settings.sampling();
        return chooses && !hasTemperature && sampling.temperature() == 0
                ? settings.withSampling(sampling.withTemperature(1))
                : settings;
    }
}
