package com.example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.data.LabelledText;

/** Trains the filter, measures it on 1,000 other mails and saves it. */
class Train {
    private static final int DEV = 1000;

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        List<LabelledText> mails = new ArrayList<>(Corpus.read(folder.resolve("cache")));
        Collections.shuffle(mails, new Random(1));
        List<LabelledText> dev = mails.subList(0, DEV);
        List<LabelledText> train = mails.subList(DEV, Math.min(mails.size(), DEV + Integer.parseInt(args[1])));
        try (TextClassifier filter = TextClassifier.on("minilm")
                .adapters(LsrConfig.defaults())
                .config(FineTuning.defaultConfig(LsrConfig.defaults()).toBuilder().epochs(3).build())
                .maxLength(64)
                .train(train, dev)) {
            filter.saveReplacing(folder.resolve("filter"));
            System.out.println(filter.training().orElseThrow().best().metrics());

            int lost = 0;
            int missed = 0;
            for (LabelledText mail : dev) {
                String found = filter.predict(mail.text()).label();
                lost += mail.label().equals("ham") && found.equals("spam") ? 1 : 0;
                missed += mail.label().equals("spam") && found.equals("ham") ? 1 : 0;
            }
            long spam = dev.stream().filter(mail -> mail.label().equals("spam")).count();
            System.out.printf("%d of %d spam mails not found%n", missed, spam);
            System.out.printf("%d of %d other mails taken for spam%n", lost, DEV - spam);
        }
    }
}
