package org.lsradapt.serving;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

class PassPoolTest {

    /** Whoever closes the pool closes the weights next, which calls that run read. */
    @Test
    void close_whilePassesAreLent_waitsForThem() throws InterruptedException {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT)) {
            PassPool pool = new PassPool(weights, Backends.standard(), PassFactory.here(Backends.standard()), 2);
            PassPool.Lent lent = pool.lend();
            Thread closing = new Thread(pool::close);
            closing.start();
            closing.join(200);
            assertTrue(closing.isAlive());
            assertThrows(IllegalStateException.class, pool::lend);
            lent.close();
            closing.join();
            assertFalse(closing.isAlive());
            pool.close();
        }
    }
}
