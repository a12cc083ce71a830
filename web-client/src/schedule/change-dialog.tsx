/** Moves a session or corrects it. Somebody else's change in the meantime is shown, not overwritten. */

import { type FormEvent, useId, useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { toProblem } from "../api/problem";
import { useProblemText } from "../api/problem-text";
import type { Room, Session, SessionChange } from "../api/types";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { notify } from "../ui/notices";
import { checkPlan, type Mistakes, mistakesOf, type Plan, planOf, rebase, toChange } from "./draft";
import styles from "./form.module.css";
import { PlanFields } from "./plan-fields";
import { useChange, useFetchNewest } from "./sessions";
import { useTitle } from "./words";

interface ChangeDialogProps {
  readonly session: Session;
  readonly rooms: readonly Room[];
  readonly onClose: () => void;
}

export function ChangeDialog({ session: opened, rooms, onClose }: ChangeDialogProps) {
  const intl = useIntl();
  const text = useProblemText();
  const title = useTitle();
  const formId = useId();
  const change = useChange();
  const undo = useUndo();
  const fetchNewest = useFetchNewest();
  // The version the form was filled from: lists go on refreshing behind the dialog.
  const [base, setBase] = useState(opened);
  const [plan, setPlan] = useState<Plan>(() => planOf(opened));
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const { id, name, timeZone } = {
    id: base.room.siteId,
    name: base.room.siteName,
    timeZone: base.room.timeZone,
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = checkPlan(plan, timeZone, new Date());
    setMistakes(found);
    if (Object.keys(found).length > 0) return;
    const wanted = toChange(plan, base, timeZone);
    if (Object.keys(wanted).length === 0) return onClose();
    try {
      const changed = await change.mutateAsync({ session: base, change: wanted });
      notify({
        text: intl.formatMessage({ id: "staff.change.done" }, { title: title(changed) }),
        action: {
          label: intl.formatMessage({ id: "common.undo" }),
          run: () => undo(changed, backTo(base, wanted)),
        },
      });
      onClose();
    } catch (error) {
      const problem = toProblem(error);
      setMistakes(mistakesOf(problem, plan));
      if (problem.code === "stale") {
        const newest = await fetchNewest(base.id);
        setPlan(rebase(plan, planOf(base), planOf(newest)));
        setBase(newest);
      }
    }
  }

  return (
    <Dialog
      title={intl.formatMessage({ id: "staff.change.title" }, { title: title(opened) })}
      size="large"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>
            <FormattedMessage id="common.cancel" />
          </Button>
          <Button type="submit" form={formId} variant="primary" isDisabled={change.isPending}>
            <FormattedMessage id="common.save" />
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={submit} noValidate>
        {change.error && (
          <Banner tone={toProblem(change.error).code === "stale" ? "warn" : "danger"}>
            {text(change.error)}
          </Banner>
        )}
        <PlanFields
          plan={plan}
          site={{ id, name, timeZone }}
          rooms={rooms}
          mistakes={mistakes}
          onChange={(part) => {
            setPlan((old) => ({ ...old, ...part }));
            setMistakes((old) =>
              Object.fromEntries(Object.entries(old).filter(([field]) => !(field in part))),
            );
          }}
        />
      </form>
    </Dialog>
  );
}

/** What undoes a change: the old value of each thing that was changed. */
function backTo(old: Session, change: SessionChange): SessionChange {
  return {
    ...(change.startsAt && { startsAt: old.startsAt, endsAt: old.endsAt }),
    ...(change.roomId && { roomId: old.room.id }),
    ...(change.language && { language: old.language }),
    ...(change.reference && { reference: old.reference }),
  };
}

function useUndo(): (session: Session, change: SessionChange) => void {
  const intl = useIntl();
  const text = useProblemText();
  const change = useChange();
  const title = useTitle();
  return (session, back) => {
    change.mutateAsync({ session, change: back }).then(
      (undone) =>
        notify({
          text: intl.formatMessage({ id: "staff.change.undone" }, { title: title(undone) }),
        }),
      (error: unknown) => notify({ text: text(error) }),
    );
  };
}
