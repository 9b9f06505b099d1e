///usr/bin/env jbang "$0" "$@" ; exit $?
// Learns from 1,000 definitions of WordNet which kind of thing a noun is. Run: jbang Glosses.java
//JAVA 17+
//DEPS org.lsradapt:lsr-adapt:0.1.0-SNAPSHOT
//DEPS org.lsradapt:lsr-adapt-lab:0.1.0-SNAPSHOT
//DEPS org.slf4j:slf4j-simple:2.0.17

import org.lsradapt.data.*;
import org.lsradapt.finetuning.*;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.classification.*;
import org.lsradapt.tasks.official.Tasks;

class Glosses {
    public static void main(String... args) throws Exception {
        Task task = Tasks.named("wordnet");
        LabelledData all = task.load();
        LabelledData data = LabelledData.of(task, all.train().subList(0, 1000), all.evaluation().subList(0, 500));
        LsrConfig lsr = LsrConfig.defaults();
        try (TextClassifier classifier = TextClassifier.on("minilm").adapters(lsr)
                .config(FineTuning.defaultConfig(lsr).toBuilder().epochs(8).build())
                .train(data)) {
            System.out.println(classifier.training().orElseThrow().best().metrics());
            System.out.println(classifier.predict("a tool for tightening bolts").label());
        }
    }
}
