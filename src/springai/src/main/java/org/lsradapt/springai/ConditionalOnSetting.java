package org.lsradapt.springai;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/** Matches if one of the properties is set to a text that is not blank. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@Conditional(ConditionalOnSetting.OnSetting.class)
@interface ConditionalOnSetting {

    String[] value();

    /** The condition. */
    final class OnSetting extends SpringBootCondition {
        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            MergedAnnotation<ConditionalOnSetting> annotation =
                    metadata.getAnnotations().get(ConditionalOnSetting.class);
            List<String> names = Arrays.asList(annotation.getStringArray(MergedAnnotation.VALUE));
            List<String> set = names.stream()
                    .filter(name -> StringUtils.hasText(context.getEnvironment().getProperty(name)))
                    .toList();
            ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnSetting.class);
            return set.isEmpty()
                    ? ConditionOutcome.noMatch(message.because("none is set of " + String.join(", ", names)))
                    : ConditionOutcome.match(message.foundExactly(String.join(", ", set)));
        }
    }
}
