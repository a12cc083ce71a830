/** Books a session, then shows the links of those who need one. */

import { type CalendarDate, now, Time } from "@internationalized/date";
import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
import { FormattedMessage, useIntl } from "react-intl";
import { toProblem } from "../api/problem";
import { useProblemText } from "../api/problem-text";
import type { IssuedInvitation, Person, Room, Session, SessionKind, Site } from "../api/types";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { ChooseMany, ChooseOne } from "../ui/choices";
import { Dialog } from "../ui/dialog";
import { IconButton } from "../ui/icon-button";
import { Select } from "../ui/select";
import { TextField } from "../ui/text-field";
import { todayAt } from "./day";
import {
  checkDraft,
  type Draft,
  emptyDraft,
  guestRoles,
  hasOfficers,
  leaders,
  leadRole,
  type Mistakes,
  mistakesOf,
  nextKey,
  nextQuarter,
  toNewSession,
  withKind,
} from "./draft";
import styles from "./form.module.css";
import { InvitationsDialog } from "./invitations";
import { useMistakeText } from "./mistake-text";
import { PlanFields } from "./plan-fields";
import { useBook, usePeople } from "./sessions";
import { useLanguageName } from "./words";

const KINDS: readonly SessionKind[] = ["interview", "orientation", "peer_call", "rehearsal"];

interface BookDialogProps {
  readonly site: Site;
  readonly day: CalendarDate;
  readonly roomId?: string | undefined;
  readonly rooms: readonly Room[];
  readonly onClose: () => void;
  readonly onBooked: (session: Session) => void;
}

export function BookDialog({ site, day, roomId, rooms, onClose, onBooked }: BookDialogProps) {
  const intl = useIntl();
  const text = useProblemText();
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const people = usePeople();
  const book = useBook();
  const [draft, setDraft] = useState(() =>
    emptyDraft({ day, time: firstTime(day, site.timeZone), roomId }),
  );
  const [mistakes, setMistakes] = useState<Mistakes>({});
  const [booked, setBooked] = useState<{ session: Session; invitations: IssuedInvitation[] }>();
  // A repeated press is the same booking; another draft is another one.
  const [key, setKey] = useState(() => crypto.randomUUID());

  function change(part: Partial<Draft>) {
    setDraft((old) => ({ ...old, ...part }));
    setKey(crypto.randomUUID());
    setMistakes((old) => without(old, part));
    book.reset();
  }

  function showMistakes(found: Mistakes) {
    setMistakes(found);
    requestAnimationFrame(() =>
      form.current
        ?.querySelector<HTMLElement>("[data-invalid] :is(input, button, [role=spinbutton])")
        ?.focus(),
    );
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = checkDraft(draft, site.timeZone, new Date());
    if (Object.keys(found).length > 0) return showMistakes(found);
    try {
      const answer = await book.mutateAsync({ session: toNewSession(draft, site.timeZone), key });
      onBooked(answer.session);
      setBooked(answer);
    } catch (error) {
      showMistakes(mistakesOf(toProblem(error), draft));
    }
  }

  if (booked) {
    return (
      <InvitationsDialog
        session={booked.session}
        invitations={booked.invitations}
        booked
        onClose={onClose}
      />
    );
  }
  return (
    <Dialog
      title={intl.formatMessage({ id: "staff.book.title" })}
      size="large"
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>
            <FormattedMessage id="common.cancel" />
          </Button>
          <Button type="submit" form={formId} variant="primary" isDisabled={book.isPending}>
            <FormattedMessage id={book.isPending ? "staff.book.busy" : "staff.book.submit"} />
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} className={styles.form} onSubmit={submit} noValidate>
        {book.error && <Banner tone="danger">{text(book.error)}</Banner>}
        <ChooseOne
          label={intl.formatMessage({ id: "staff.field.kind" })}
          choices={KINDS.map((id) => ({
            id,
            label: intl.formatMessage({ id: `common.kind.${id}` }),
          }))}
          value={draft.kind}
          onChange={(kind) => change(withKind(draft, kind))}
        />
        <PlanFields plan={draft} site={site} rooms={rooms} mistakes={mistakes} onChange={change} />
        {people.error && <Banner tone="warn">{text(people.error)}</Banner>}
        <Staff
          draft={draft}
          people={people.data?.items ?? []}
          mistakes={mistakes}
          onChange={change}
        />
        <Guests draft={draft} mistakes={mistakes} onChange={change} />
      </form>
    </Dialog>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly mistakes: Mistakes;
  readonly onChange: (part: Partial<Draft>) => void;
}

/** Who leads, who sits beside them, who interprets. */
function Staff({
  draft,
  people,
  mistakes,
  onChange,
}: PartProps & { readonly people: readonly Person[] }) {
  const intl = useIntl();
  const mistake = useMistakeText(mistakes);
  const others = people.filter(
    (person) => person.roles.includes("officer") && person.id !== draft.leadId,
  );
  return (
    <fieldset className={styles.group}>
      <legend>
        <FormattedMessage id="staff.book.staff" />
      </legend>
      <Select
        label={intl.formatMessage({ id: `common.role.${leadRole(draft.kind)}` })}
        placeholder={intl.formatMessage({ id: "staff.field.choose" })}
        options={leaders(people, draft.kind).map(({ id, name }) => ({ id, label: name }))}
        value={draft.leadId}
        onChange={(leadId) =>
          onChange({ leadId, officerIds: draft.officerIds.filter((id) => id !== leadId) })
        }
        error={mistake("leadId")}
      />
      {hasOfficers(draft.kind) && others.length > 0 && (
        <ChooseMany
          label={intl.formatMessage({ id: "staff.field.officers" })}
          choices={others.map(({ id, name }) => ({ id, label: name }))}
          value={draft.officerIds}
          onChange={(officerIds) => onChange({ officerIds })}
          error={mistake("officerIds")}
        />
      )}
      <Interpreter draft={draft} people={people} mistakes={mistakes} onChange={onChange} />
    </fieldset>
  );
}

function Interpreter({
  draft,
  people,
  mistakes,
  onChange,
}: PartProps & { readonly people: readonly Person[] }) {
  const intl = useIntl();
  const languageName = useLanguageName();
  const mistake = useMistakeText(mistakes);
  const speaks = (person: Person) => person.languages.includes(draft.language ?? "");
  const interpreters = people
    .filter((person) => person.roles.includes("interpreter"))
    .toSorted((one, other) => Number(speaks(other)) - Number(speaks(one)));
  return (
    <>
      <ChooseOne
        label={intl.formatMessage({ id: "staff.field.interpreter" })}
        choices={(["list", "name", "none"] as const).map((id) => ({
          id,
          label: intl.formatMessage({ id: `staff.interpreter.${id}` }),
        }))}
        value={draft.interpreterSource}
        onChange={(interpreterSource) => onChange({ interpreterSource })}
      />
      {draft.interpreterSource === "list" && (
        <Select
          label={intl.formatMessage({ id: "staff.interpreter.who" })}
          placeholder={intl.formatMessage({ id: "staff.field.choose" })}
          options={interpreters.map((person) => ({
            id: person.id,
            label: person.name,
            note: person.languages.map(languageName).join(", "),
          }))}
          value={draft.interpreterId}
          onChange={(interpreterId) => onChange({ interpreterId })}
          description={
            interpreters.length === 0
              ? intl.formatMessage({ id: "staff.interpreter.nobody" })
              : undefined
          }
          error={mistake("interpreter")}
        />
      )}
      {draft.interpreterSource === "name" && (
        <TextField
          label={intl.formatMessage({ id: "staff.interpreter.guestName" })}
          description={intl.formatMessage({ id: "staff.interpreter.guestHint" })}
          value={draft.interpreterName}
          onChange={(interpreterName) => onChange({ interpreterName })}
          error={mistake("interpreter")}
          maxLength={100}
          autoComplete="off"
        />
      )}
    </>
  );
}

/** People without an account, each with a role and a name. */
function Guests({ draft, mistakes, onChange }: PartProps) {
  const intl = useIntl();
  const mistake = useMistakeText(mistakes);
  const roles = guestRoles(draft.kind);
  const { guests } = draft;
  const setGuest = (key: number, part: Partial<Draft["guests"][number]>) =>
    onChange({
      guests: guests.map((guest) => (guest.key === key ? { ...guest, ...part } : guest)),
    });
  return (
    <fieldset className={styles.group}>
      <legend>
        <FormattedMessage id="staff.book.guests" />
      </legend>
      <p className={styles.muted}>
        <FormattedMessage id="staff.book.guestsHint" />
      </p>
      {guests.map((guest) => (
        <div key={guest.key} className={styles.guest}>
          <Select
            label={intl.formatMessage({ id: "staff.guest.role" })}
            options={roles.map((id) => ({
              id,
              label: intl.formatMessage({ id: `common.role.${id}` }),
            }))}
            value={guest.role}
            onChange={(id) => {
              const role = roles.find((each) => each === id);
              if (role) setGuest(guest.key, { role });
            }}
          />
          <TextField
            label={intl.formatMessage({ id: "staff.guest.name" })}
            value={guest.name}
            onChange={(name) => setGuest(guest.key, { name })}
            error={mistake(`guest-${guest.key}`)}
            maxLength={100}
            autoComplete="off"
          />
          <IconButton
            label={intl.formatMessage({ id: "staff.guest.remove" }, { name: guest.name || "–" })}
            onPress={() => onChange({ guests: guests.filter(({ key }) => key !== guest.key) })}
          >
            <Trash2 size={18} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
      {mistake("guests") && (
        <p className={styles.error} role="alert">
          {mistake("guests")}
        </p>
      )}
      <Button
        size="small"
        className={styles.start}
        icon={<Plus size={16} aria-hidden="true" />}
        onPress={() => {
          const [role] = roles;
          if (role) onChange({ guests: [...guests, { key: nextKey(guests), role, name: "" }] });
        }}
      >
        <FormattedMessage id="staff.guest.add" />
      </Button>
    </fieldset>
  );
}

/** Mistakes of fields that were just changed are no longer shown. */
function without(mistakes: Mistakes, changed: Partial<Draft>): Mistakes {
  const names = Object.keys(changed);
  const touched = (field: string) =>
    names.includes(field) ||
    (field === "interpreter" && names.some((name) => name.startsWith("interpreter"))) ||
    (field.startsWith("guest") && names.includes("guests"));
  return Object.fromEntries(Object.entries(mistakes).filter(([field]) => !touched(field)));
}

/** Today the next quarter of an hour; on another day the start of work. */
function firstTime(day: CalendarDate, timeZone: string): Time {
  if (day.compare(todayAt(timeZone)) !== 0) return new Time(9, 0);
  const { hour, minute } = now(timeZone);
  return nextQuarter(hour, minute);
}
