package org.lsradapt.transformer.parts;

/**
 * Which token of a text is its last one to a head that reads that ({@link Head.Row#LAST}). Where special tokens are
 * spelled out in a text, or end each text, it need not be the last of all; these are the rules of transformers.
 */
public sealed interface LastToken {

    /**
     * Its index.
     *
     * @param ids at least one
     */
    int of(int[] ids);

    /** The last of all. */
    record OfAll() implements LastToken {
        @Override
        public int of(int[] ids) {
            return ids.length - 1;
        }
    }

    /**
     * The last one of another id, as classifiers look for the end of a padded text; the first where there is none.
     *
     * @param padding the id
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

    /**
     * The first one of this id; the first of all where there is none.
     *
     * @param end the id
     */
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

    /** The first one of the largest id, which is the end's in CLIP's vocabulary. */
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
