package org.lsradapt.transformer.parts;

/**
 * The rule for the last token of a text, for a head that reads it ({@link Head.Row#LAST}). If special tokens are
 * spelled out in a text, or end each text, this need not be the very last token; the rules are those of transformers.
 */
public sealed interface LastToken {

    /** Returns the token's index among one or more ids. */
    int of(int[] ids);

    /** The very last token. */
    record OfAll() implements LastToken {
        @Override
        public int of(int[] ids) {
            return ids.length - 1;
        }
    }

    /**
     * The last token with another id than the given one, as classifiers find the end of a padded text; the first token
     * if there is none.
     */
    record OtherThan(int padding) implements LastToken {
        @Override
        public int of(int[] ids) {
            int last = ids.length - 1;
            while (last > 0 && ids[last] == padding) {
                last--;
            }
            return last;
        }
    }

    /** The first token with the given id; the very first token if there is none. */
    record FirstOf(int end) implements LastToken {
        @Override
        public int of(int[] ids) {
            for (int i = 0; i < ids.length; i++) {
                if (ids[i] == end) {
                    return i;
                }
            }
            return 0;
        }
    }

    /** The first token with the largest id, which marks the end in CLIP's vocabulary. */
    record Largest() implements LastToken {
        @Override
        public int of(int[] ids) {
            int largest = 0;
            for (int i = 1; i < ids.length; i++) {
                if (ids[i] > ids[largest]) {
                    largest = i;
                }
            }
            return largest;
        }
    }
}
