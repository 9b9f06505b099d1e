///usr/bin/env jbang "$0" "$@" ; exit $?
// Learns from 1,200 definitions of WordNet which kind of thing a noun is. Run: jbang Glosses.java
//JAVA 17+
//DEPS org.lsradapt:lsr-adapt:0.1.0-SNAPSHOT
//DEPS org.slf4j:slf4j-simple:2.0.17

import org.lsradapt.data.*;
import org.lsradapt.tasks.classification.*;

class Glosses {
    public static void main(String... args) throws Exception {
        LabelledData nouns =
                LabelledData.classification(Table.resource("org/lsradapt/samples/definitions.csv")).read();
        try (TextClassifier classifier = TextClassifier.on("minilm").epochs(3).train(nouns)) {
            System.out.println(classifier.training().orElseThrow().best().metrics());
            System.out.println(classifier.predict("a tool for tightening bolts").label());
        }
    }
}
