package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.TwoClasses;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;

class EvaluationBatchesTest {

    private static TokenSequence text(int length) {
        return new TokenSequence(new int[length], new int[length]);
    }

    private static List<Integer> lengths(List<? extends ModelInput> batch) {
        return batch.stream().map(ModelInput::length).toList();
    }

    @Test
    void of_textsOfManyLengths_limitsSequencesAndTokens() {
        List<TokenSequence> texts = IntStream.of(9000, 4000, 4192, 1)
                .mapToObj(EvaluationBatchesTest::text)
                .toList();
        assertEquals(
                List.of(List.of(9000), List.of(4000, 4192), List.of(1)),
                EvaluationBatches.of(texts).stream()
                        .map(EvaluationBatchesTest::lengths)
                        .toList());
        assertEquals(
                List.of(64, 6),
                EvaluationBatches.of(Collections.nCopies(70, text(2))).stream()
                        .map(List::size)
                        .toList());
        assertEquals(List.of(9000), lengths(EvaluationBatches.largest(EvaluationBatches.of(texts))));
        assertEquals(List.of(), EvaluationBatches.largest(List.of()));
    }

    @Test
    void largest_ofATask_isItsBatchOfTheMostTokens() {
        List<EncodedExample> examples = IntStream.rangeClosed(1, 66)
                .mapToObj(length -> new EncodedExample(new Example("text", null, new Label.Category(0)), text(length)))
                .toList();
        Evaluation evaluation = Evaluation.of(TwoClasses.task(), examples);
        assertEquals(IntStream.rangeClosed(1, 64).boxed().toList(), lengths(evaluation.largest()));
    }
}
