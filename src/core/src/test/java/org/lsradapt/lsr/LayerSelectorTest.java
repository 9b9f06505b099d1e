package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.factory.Nd4j;

class LayerSelectorTest {

    @Test
    void suffixes_matchWholeNamePartsOnly() {
        LayerSelector selector = LayerSelector.suffixes(List.of("query", "output.dense"));
        assertTrue(selector.matches("encoder.layer.0.attention.self.query"));
        assertTrue(selector.matches("query"));
        assertTrue(selector.matches("encoder.layer.1.output.dense"));
        assertFalse(selector.matches("encoder.layer.0.attention.self.subquery"));
        assertFalse(selector.matches("encoder.layer.0.intermediate.dense"));
    }

    @Test
    void regex_matchesFullNamesOnly() {
        LayerSelector selector = LayerSelector.regex("encoder\\.layer\\.[01]\\..*query");
        assertTrue(selector.matches("encoder.layer.1.attention.self.query"));
        assertFalse(selector.matches("encoder.layer.2.attention.self.query"));
        assertFalse(selector.matches("x.encoder.layer.1.attention.self.query"));
    }

    @Test
    void under_takesThoseOfAPartAlone() {
        LayerSelector queries = LayerSelector.suffixes(List.of("query")).under("text");
        assertTrue(queries.matches("text.layers.0.query"));
        assertFalse(queries.matches("text.layers.0.key"));
        assertFalse(queries.matches("vision.layers.0.query"));
        assertFalse(queries.matches("texture.query"));
        assertEquals("text:query", queries.toString());
        assertTrue(LayerSelector.allLinear().under("text").matches("text.layers.0.key"));
        assertFalse(LayerSelector.allLinear().under("text").matches("vision.key"));
        assertTrue(LayerSelector.regex(".*key").under("text").matches("text.a.key"));
        LayerSelector within = queries.under("text.layers.0");
        assertTrue(within.matches("text.layers.0.query"));
        assertFalse(within.matches("text.layers.1.query"));
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("text.key", Nd4j.create(2, 2)), FrozenLinear.of("vision.query", Nd4j.create(2, 2)));
        String message = assertThrows(IllegalArgumentException.class, () -> queries.select(layers))
                .getMessage();
        assertEquals(
                "layer selector: no layer's name begins with 'text.' and ends with 'query'; the layers are [text.key, vision.query]",
                message);
        assertThrows(IllegalArgumentException.class, () -> queries.under(" "));
    }

    @Test
    void select_amongLayersThatAreRead_leavesOutOthers() {
        FrozenLinear query = FrozenLinear.of("a.query", Nd4j.create(2, 2));
        FrozenLinear pooler = FrozenLinear.of("pooler.dense", Nd4j.create(2, 2));
        List<FrozenLinear> all = List.of(query, pooler);
        LayerSelector any = LayerSelector.allLinear();
        assertEquals(
                List.of("a.query"),
                any.select(all, List.of(query)).stream().map(FrozenLinear::name).toList());
        assertEquals(List.of("pooler.dense"), any.unread(all, List.of(query)));
        assertEquals(List.of(), any.unread(all, all));
        LayerSelector dense = LayerSelector.suffixes(List.of("dense"));
        assertEquals(
                "layer selector: dense chooses [pooler.dense], which the training does not read; the layers that it reads are [a.query]",
                assertThrows(IllegalArgumentException.class, () -> dense.select(all, List.of(query)))
                        .getMessage());
    }

    @Test
    void select_nothingMatches_listsTheLayers() {
        List<FrozenLinear> layers = List.of(FrozenLinear.of("a.query", Nd4j.create(2, 2)));
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> LayerSelector.suffixes(List.of("query", "key")).select(layers))
                .getMessage();
        assertEquals("layer selector: no layer's name ends with 'key'; the layers are [a.query]", message);
        assertThrows(IllegalArgumentException.class, () -> LayerSelector.regex("("));
    }
}
