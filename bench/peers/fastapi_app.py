"""A small service of users as its frameworks suggest it: FastAPI, SQLAlchemy, argon2id and JWT, on SQLite."""

import os
import uuid
from datetime import datetime, timedelta, timezone

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, EmailStr
from sqlalchemy import String, create_engine, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

SECRET = "a secret of the bench that is long enough"
# The same parameters as Roster.
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
engine = create_engine(f"sqlite:///{os.environ['DATABASE']}")


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    username: Mapped[str] = mapped_column(String, unique=True)
    email: Mapped[str] = mapped_column(String, unique=True)
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    password: Mapped[str]
    created_at: Mapped[str] = mapped_column(String, index=True)


class NewUser(BaseModel):
    username: str
    email: EmailStr
    first_name: str | None = None
    password: str


class ShownUser(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    username: str
    email: str
    first_name: str | None
    last_name: str | None
    created_at: str


class Credentials(BaseModel):
    username: str
    password: str


Base.metadata.create_all(engine)
app = FastAPI()
bearer = HTTPBearer()


def session():
    with Session(engine) as opened:
        yield opened


def caller(
    credentials: HTTPAuthorizationCredentials = Depends(bearer), db: Session = Depends(session)
) -> User:
    try:
        subject = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])["sub"]
    except jwt.InvalidTokenError:
        raise HTTPException(401)
    user = db.get(User, subject)
    if user is None:
        raise HTTPException(401)
    return user


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/login")
def login(body: Credentials, db: Session = Depends(session)):
    user = db.scalar(select(User).where(User.username == body.username))
    try:
        hasher.verify(user.password if user else hasher.hash("nobody"), body.password)
    except VerifyMismatchError:
        raise HTTPException(401)
    expires = datetime.now(timezone.utc) + timedelta(hours=1)
    return {"access_token": jwt.encode({"sub": user.id, "exp": expires}, SECRET, algorithm="HS256")}


@app.post("/users", status_code=201, response_model=ShownUser)
def create(body: NewUser, db: Session = Depends(session)):
    now = datetime.now(timezone.utc).isoformat()
    fields = body.model_dump() | {"password": hasher.hash(body.password)}
    user = User(id=str(uuid.uuid4()), created_at=now, last_name=None, **fields)
    db.add(user)
    db.commit()
    db.refresh(user)
    return user


@app.get("/users", response_model=list[ShownUser])
def find(
    q: str | None = None,
    email: str | None = None,
    limit: int = 50,
    db: Session = Depends(session),
    _: User = Depends(caller),
):
    query = select(User)
    if email is not None:
        query = query.where(User.email == email)
    if q is not None:
        columns = (User.username, User.email, User.first_name, User.last_name)
        query = query.where(or_(*(column.icontains(q) for column in columns)))
    return db.scalars(query.order_by(User.created_at.desc(), User.id).limit(limit)).all()


@app.get("/users/{user_id}", response_model=ShownUser)
def read(user_id: str, db: Session = Depends(session), _: User = Depends(caller)):
    user = db.get(User, user_id)
    if user is None:
        raise HTTPException(404)
    return user
