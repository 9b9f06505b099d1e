package org.lsradapt.transformer.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class PositionsTest {

    /** Where transformers' {@code relative_position_bucket} of MPNet goes on to another bucket, to both sides of 0. */
    private static final List<Integer> FIRST_OF_BUCKET = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91);

    @Test
    void bucket_everyDistance_isThatOfTransformers() {
        Positions.Bucketed bucketed = new Positions.Bucketed(new Table("bias", 32, 2), 32, 128);
        for (int away = 0; away <= 600; away++) {
            int distance = away;
            int bucket = (int) FIRST_OF_BUCKET.stream()
                            .filter(first -> first <= distance)
                            .count()
                    - 1;
            assertEquals(bucket, bucketed.row(away), "" + away);
            assertEquals(away == 0 ? 0 : 16 + bucket, bucketed.row(-away), "-" + away);
        }
    }

    @Test
    void bucketed_tableOfTooFewRows_isRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new Positions.Bucketed(new Table("bias", 31, 2), 32, 128))
                .getMessage();
        assertEquals("transformer: bias has 31 rows, expected one for each of 32 buckets", message);
    }
}
