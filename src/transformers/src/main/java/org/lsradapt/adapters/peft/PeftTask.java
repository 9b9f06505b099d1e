package org.lsradapt.adapters.peft;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.lsradapt.families.Family;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;

/** PEFT's task types, under PEFT's names. */
enum PeftTask {
    SEQ_CLS,
    TOKEN_CLS(Family::tokenHeadParameters, Family::tokenHead),
    QUESTION_ANS(Family::answerHeadParameters, Family::answerHead),
    FEATURE_EXTRACTION,
    CAUSAL_LM;

    private final Function<Family, List<String>> headParameters;
    private final Optional<BiFunction<Family, Transformer, Head>> ofTokens;

    PeftTask() {
        headParameters = Family::headParameters;
        ofTokens = Optional.empty();
    }

    PeftTask(Function<Family, List<String>> headParameters, BiFunction<Family, Transformer, Head> head) {
        this.headParameters = headParameters;
        ofTokens = Optional.of(head);
    }

    static List<String> names() {
        return Arrays.stream(values()).map(PeftTask::name).toList();
    }

    /** Returns the names of the head's arrays that an adapter may have with a family, in order. */
    static List<String> headParameters(Optional<PeftTask> task, Family family) {
        return task.orElse(SEQ_CLS).headParameters.apply(family);
    }

    /** Returns how the head reads each token; empty if it reads the whole input. */
    Optional<BiFunction<Family, Transformer, Head>> ofTokens() {
        return ofTokens;
    }
}
